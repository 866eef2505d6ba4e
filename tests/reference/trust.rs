//! Files of certificates, held to OpenSSL: a file lets a server's certificate verify there if, and only
//! if, it is taken here.

use std::{fs, path::Path, process::Command};

use portcheck::probe::load_certificates;

use crate::answer;

#[test]
fn a_file_is_taken_if_openssl_verifies_by_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let made =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 30";
    let Some(output) = openssl(directory.path(), &format!("{made} -keyout key -out own")) else {
        return;
    };
    assert!(output, "no certificate");
    let plain = fs::read_to_string(at("own")).unwrap();
    for (name, arguments) in [
        ("trusted", "x509 -in own -trustout -addtrust serverAuth"),
        (
            "trusted-mail",
            "x509 -in own -trustout -addtrust emailProtection",
        ),
        ("rejected", "x509 -in own -trustout -addreject serverAuth"),
        (
            "rejected-mail",
            "x509 -in own -trustout -addreject emailProtection",
        ),
        ("bare", "x509 -in own -trustout"),
        ("der", "x509 -in own -outform der"),
        ("p7", "crl2pkcs7 -nocrl -certfile own"),
        ("p7-der", "crl2pkcs7 -nocrl -certfile own -outform der"),
        ("text", "x509 -in own -text"),
    ] {
        assert_eq!(
            openssl(directory.path(), &format!("{arguments} -out {name}")),
            Some(true)
        );
    }
    let key = fs::read_to_string(at("key")).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    let mut lines: Vec<&str> = plain.lines().collect();
    lines.insert(3, "");
    let variants = [
        ("bom", format!("\u{feff}{plain}")),
        ("bom-text", format!("\u{feff}# ours\n{plain}")),
        ("windows", plain.replace('\n', "\r\n")),
        ("blanks", plain.replace('\n', "  \n")),
        ("indented", format!(" {}", plain.replace('\n', "\n "))),
        ("unended", plain.trim_end().to_owned()),
        ("one-line", plain.replace('\n', "")),
        ("commented", format!("# ours\n\n{plain}\n# end\n")),
        ("twice", format!("{plain}{plain}")),
        ("with-key", format!("{key}{plain}")),
        ("key-alone", key.clone()),
        ("then-broken", format!("{plain}{broken}")),
        ("broken-first", format!("{broken}{plain}")),
        ("cut", plain[..plain.len() / 2].to_owned()),
        ("old", plain.replace("CERTIFICATE", "X509 CERTIFICATE")),
        (
            "old-at-one-end",
            plain.replacen("CERTIFICATE", "X509 CERTIFICATE", 1),
        ),
        ("small", plain.to_lowercase()),
        ("blank-line", lines.join("\n")),
        ("empty", String::new()),
        ("nothing", "hello\n".to_owned()),
        ("no-dashes", plain.replace("-----", "----")),
    ];
    for (name, text) in &variants {
        fs::write(at(name), text).unwrap();
    }
    let made = [
        "trusted",
        "trusted-mail",
        "rejected",
        "rejected-mail",
        "bare",
        "der",
        "p7",
        "p7-der",
        "text",
        "own",
    ];
    for name in made
        .into_iter()
        .chain(variants.iter().map(|(name, _)| *name))
    {
        let verified = openssl(
            directory.path(),
            &format!("verify -purpose sslserver -CAfile {name} own"),
        );
        assert_eq!(Some(is_taken(&at(name))), verified, "{name}");
    }
}

fn is_taken(path: &Path) -> bool {
    load_certificates(path).is_ok()
}

/// Whether the command ends well; `None` where there is no OpenSSL.
fn openssl(directory: &Path, arguments: &str) -> Option<bool> {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(directory);
    answer(&mut command).map(|output| output.status.success())
}
