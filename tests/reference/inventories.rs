//! Inventories, held to `ansible-inventory --list`: the same hosts in the same groups at the same
//! addresses, or a refusal where Ansible has one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use portcheck::{
    catalog::{Catalogs, embedded},
    machine::ansible::Answer,
    site::{Inventory, InventorySource},
};

/// Where `.ci/run` puts it.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/ansible/bin/python");

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/reference/inventories.py"
);

/// Lines of a group in the INI form.
const LINES: [&str; 56] = [
    "n1",
    "n1.example.com",
    "10.0.0.1",
    "n1:2222",
    "10.0.0.1:22",
    "[2001:db8::7]:22",
    "2001:db8::7",
    "n1 ansible_host=10.0.0.1",
    "n1 ansible_host=10.0.0.1 ansible_port=2222 x='a b'",
    "n1 ansible_host='10.0.0.1'",
    "n1 ansible_host=\"10.0.0.1\"",
    "n1 'ansible_host=10.0.0.1'",
    "n1 ansible_host=\"'10.0.0.1'\"",
    "n1 ansible_ssh_host=10.0.0.1",
    "n1 ansible_host=10.0.0.1 ansible_ssh_host=10.0.0.2",
    "n1 ansible_host=10.0.0.1 ansible_host=10.0.0.2",
    "n1 ansible_host=",
    "n1 ansible_host=None",
    "n1 ansible_host = 10.0.0.1",
    "n1 ansible_host= 10.0.0.1",
    "n1 ansible_host",
    "n1 x='a",
    "n1 x=\"a",
    "n1 x=a\\ b ansible_host=10.0.0.1",
    "n1 ansible_host=10.0.0.1 # why",
    "n1 ansible_host=10.0.0.1#why",
    "n1#why",
    "n1 ; why",
    "n1 x=a;b",
    "  n1  ",
    "\tn1\tansible_host=10.0.0.1",
    "n1 ansible_connection=local",
    "n1 ansible_connection=local ansible_host=10.0.0.1",
    "n1 ansible_connection=ssh",
    "localhost ansible_connection=local",
    "n[1:3]",
    "n[01:03]",
    "n[001:010:3]",
    "n[1:3]:2222",
    "n[a:c]",
    "n[A:C]",
    "n[x:Z]",
    "n[1:2]-[a:b].example",
    "n[1:2][1:2]",
    "n[:2]",
    "n[1:]",
    "n[01:3]",
    "n[a:3]",
    "n[1]",
    "n[1",
    "10.0.0.[1:3]",
    "n[1:3] ansible_host=\"{{ inventory_hostname }}.corp\"",
    "n.x ansible_host=\"{{inventory_hostname_short}}\"",
    "n1 ansible_host=\"{{ a }}-{{ b }}\" a=x b=y",
    "n1 ansible_host=\"{{ a }}\" a=\"{{ b }}\" b=y",
    "n1:",
];

/// Whole files in the INI form.
const FILES: [&str; 30] = [
    "n1\nn2\n",
    "n1\n[a]\nn2\n",
    "[a]\nn1\n[b]\nn1\nn2\n",
    "[a]\n[b]\nn1\n",
    "[a]\nn1\n[b:children]\na\n",
    "[b:children]\na\n[a]\nn1\n",
    "[b:children]\na\n",
    "[b:children]\na\n[a:children]\nc\n[c]\nn1\n",
    "[a:children]\nb\n[b:children]\na\n[a]\nn1\n",
    "[a:children]\na\n[a]\nn1\n",
    "[a]\nn1\n[a:vars]\nansible_host=10.0.0.1\n",
    "[a:vars]\nansible_host=10.0.0.1\n[a]\nn1\n",
    "[a]\nn1 ansible_host=10.0.0.2\n[a:vars]\nansible_host=10.0.0.1\n",
    "[a]\nn1\n[a:vars]\nansible_host = 10.0.0.1\n",
    "[a]\nn1\n[a:vars]\nansible_host = \"10.0.0.1\"  # why\n",
    "[a]\nn1\n[a:vars]\nansible_host\n",
    "[a]\nn1\n[b:vars]\nx=1\n",
    "[a]\nn1\n[all:vars]\nansible_host=10.0.0.1\n",
    "n1\n[ungrouped:vars]\nansible_host=10.0.0.1\n",
    "[a]\nn1\n[b]\nn1\n[a:vars]\nansible_host=a\n[b:vars]\nansible_host=b\n",
    "[a]\nn1\n[b]\nn1\n[a:vars]\nansible_host=a\nansible_group_priority=10\n[b:vars]\nansible_host=b\n",
    "[a]\nn1\n[z:children]\na\n[a:vars]\nansible_host=a\n[z:vars]\nansible_host=z\n",
    "[a]\nn1\n[a:vars]\nansible_host=\"{{ x }}\"\nx=deep\n[all:vars]\nx=far\n",
    "[a]  # why\nn1\n",
    "[ a ]\nn1\n",
    "[a:hots]\nn1\n",
    "[]\nn1\n",
    "[a.b]\nn1\n[a-b]\nn2\n",
    "# only\n; comments\nn1\n",
    "[a]\r\nn1 ansible_host=10.0.0.1\r\n[b:children]\r\na\r\n",
];

/// Files in the YAML form.
const YAML: [&str; 24] = [
    "all: {hosts: {n1: }}\n",
    "all:\n  hosts:\n    n1:\n    n2:\n",
    "a: {hosts: {n1: {ansible_host: 10.0.0.1}}}\n",
    "a:\n  hosts:\n    n[1:3]: {ansible_host: '{{ inventory_hostname }}.x'}\n",
    "a:\n  hosts:\n    n1:2222: {x: 1}\n",
    "a: {hosts: n1}\n",
    "a: {hosts: [n1]}\n",
    "a: {children: {b: {hosts: {n1: }}}}\n",
    "a: {children: {b: }}\nb: {hosts: {n1: }}\n",
    "a: {hosts: {n1: }, vars: {ansible_host: 10.0.0.1}}\n",
    "all: {vars: {ansible_host: x}, hosts: {n1: }}\n",
    "all:\n  children:\n    a: {hosts: {n1: }, vars: {ansible_host: a}}\n    b: {children: {a: }, vars: {ansible_host: b}}\n",
    "all:\n  hosts:\n    a: &a {ansible_host: 10.0.0.1}\n    b: {<<: *a}\n",
    "all:\n  hosts:\n    a: &a {ansible_host: 10.0.0.1}\n    b: *a\n",
    "all:\n  hosts:\n    a: &a {ansible_host: 10.0.0.1}\n    b: {ansible_host: 10.0.0.2, <<: *a}\n",
    "all:\n  hosts:\n    a: &a {ansible_host: x}\n    b: &b {ansible_host: y}\n    c: {<<: [*a, *b]}\n",
    "a: {hosts: {n1: {ansible_host: 10.0.0.1, ansible_host: 10.0.0.2}}}\n",
    "a: {hosts: {n1: {ansible_connection: local, ansible_host: 10.0.0.1}}}\n",
    "a: {hosts: {n1: {ansible_host: !unsafe 10.0.0.1}}}\n",
    "a: {hosts: {n1: {ansible_host: }}}\n",
    "{\"a\": {\"hosts\": {\"n1\": {\"ansible_host\": \"10.0.0.1\"}}}}\n",
    "---\na:\n  hosts: {n1: }\n...\n",
    "ungrouped: {hosts: {n1: , n2: }}\na: {hosts: {n1: }}\n",
    "plugin: amazon.aws.aws_ec2\n",
];

/// A file of an inventory, by its name, and what it holds.
type Entry = (&'static str, &'static str);

/// Directories: the files in them.
const FOLDERS: [&[Entry]; 16] = [
    &[("a", "[a]\nn1\n"), ("b", "[b]\nn2\n")],
    &[("a", "[a]\nn1\n"), ("b.yml", "a: {hosts: {n2: }}\n")],
    &[("a", "[a]\nn1\n"), ("b", "[b:children]\na\n")],
    &[("a", "[b:children]\na\n"), ("b", "[a]\nn1\n")],
    &[
        ("a", "[a]\nn1 ansible_host=x\n"),
        ("b", "[a]\nn1 ansible_host=y\n"),
    ],
    &[
        ("a", "[a]\nn1\n"),
        ("sub/b", "[b]\nn2\n"),
        ("sub/c.bak", "[b]\nn3\n"),
        (".d", "n4\n"),
    ],
    &[
        ("h", "[a]\nn1\n"),
        ("host_vars/n1.yml", "ansible_host: x\n"),
    ],
    &[
        ("h", "[a]\nn1 ansible_host=y\n"),
        ("host_vars/n1", "ansible_host: x\n"),
    ],
    &[
        ("h", "[a]\nn1\n"),
        ("host_vars/n1/1.yml", "ansible_host: x\n"),
        ("host_vars/n1/2.yml", "ansible_host: y\n"),
    ],
    &[
        ("h", "[a]\nn1\n"),
        ("host_vars/n1/x.yml", "ansible_host: x\n"),
        ("host_vars/n1.yml", "ansible_host: y\n"),
    ],
    &[
        ("h", "[a]\nn1\n"),
        ("group_vars/a.yml", "ansible_host: x\n"),
    ],
    &[
        ("h", "[a]\nn1\n[a:vars]\nansible_host=y\n"),
        ("group_vars/all.yml", "ansible_host: x\n"),
    ],
    &[
        ("h", "[a]\nn1 ansible_host=y\n"),
        ("group_vars/a.json", "{\"ansible_host\": \"x\"}\n"),
    ],
    &[
        ("h", "n1\n"),
        ("group_vars/ungrouped.yml", "ansible_host: x\n"),
    ],
    &[("h", "[a]\nn1\n"), ("host_vars/n1.yml", "- x\n")],
    &[
        ("h", "[a]\nn1\n"),
        ("host_vars/n1.yml", "$ANSIBLE_VAULT;1.1;AES256\n6162\n"),
    ],
];

/// Writes every inventory; each has a folder of its own.
fn write(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut put = |files: &[(&str, &str)]| {
        let own = folder.join(paths.len().to_string());
        for (name, text) in files {
            let path = own.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        paths.push(match files {
            [(name, _)] => own.join(name),
            _ => own,
        });
    };
    for line in LINES {
        put(&[("hosts", &format!("[g]\n{line}\n"))]);
    }
    for text in FILES {
        put(&[("hosts.ini", text)]);
    }
    for text in YAML {
        put(&[("hosts.yml", text)]);
    }
    for files in FOLDERS {
        put(files);
    }
    paths
}

/// The hosts of a group, or `refused`.
fn hosts(path: &Path, group: &str, answer: &Answer, catalogs: &Catalogs) -> String {
    let source = InventorySource {
        group: Some(group.to_owned()),
        path: path.to_owned(),
        text: None,
    };
    match Inventory::read(&[source], catalogs, &|_| answer.clone()) {
        Ok(inventory) => inventory.values["nodes"].to_string(),
        Err(_) => "refused".to_owned(),
    }
}

#[test]
fn an_inventory_is_read_as_ansible_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let paths = write(folder.path());
    assert!(paths.len() >= 100, "{}", paths.len());
    if !Path::new(PYTHON).exists() {
        // It is no package of the system, so it may be missing where the others must be there.
        eprintln!("skipped: {PYTHON} is not there, `.ci/run` installs it");
        return;
    }
    let mut script = Command::new(PYTHON);
    script.arg(SCRIPT).args(&paths).env("HOME", folder.path());
    let seen = script.output().unwrap();
    let listings: BTreeMap<PathBuf, Option<String>> = serde_json::from_slice(&seen.stdout).unwrap();
    let catalogs = embedded::catalogs().unwrap();
    let mut wrong = Vec::new();
    for path in &paths {
        let listing = listings[path].as_ref();
        let answer = listing.map_or(Answer::Refused, |text| Answer::Listing(text.clone()));
        let known: serde_json::Value = listing.map_or(serde_json::Value::Null, |text| {
            serde_json::from_str(text).unwrap()
        });
        let mut groups: BTreeSet<String> = ["all", "ungrouped"].map(str::to_owned).into();
        let named = known.as_object().into_iter().flat_map(|known| known.keys());
        groups.extend(named.filter(|name| *name != "_meta").cloned());
        for group in groups {
            let theirs = hosts(path, &group, &answer, &catalogs);
            let ours = hosts(path, &group, &Answer::NotInstalled, &catalogs);
            if theirs != ours {
                let text = fs::read_to_string(path).unwrap_or_default();
                wrong.push(format!(
                    "{text:?} {group}: Ansible {theirs}, portcheck {ours}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
