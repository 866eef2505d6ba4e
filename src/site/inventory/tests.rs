use std::{fs, sync::LazyLock};

use super::*;
use crate::catalog::embedded;

static CATALOGS: LazyLock<Catalogs> = LazyLock::new(|| embedded::catalogs().unwrap());

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// What inventories of a folder say, each as `VARIABLE=VALUE` or `GROUP: MEMBERS`; or their mistakes.
fn read(folder: &tempfile::TempDir, names: &[(Option<&str>, &str)]) -> Vec<String> {
    let sources: Vec<InventorySource> = names
        .iter()
        .map(|(group, name)| InventorySource {
            group: group.map(str::to_owned),
            path: folder.path().join(name),
            text: None,
        })
        .collect();
    let inventory = match Inventory::read(&sources, &CATALOGS, &|_| Answer::NotInstalled) {
        Ok(inventory) => inventory,
        Err(wrong) => return wrong.iter().flat_map(told).collect(),
    };
    let values = inventory.values.iter();
    let values = values.map(|(name, value)| format!("{name}={value}"));
    let members = inventory.members.iter();
    let members = members.map(|(name, members)| format!("{name}: {}", members.len()));
    let left_out = inventory
        .left_out
        .iter()
        .map(|host| format!("left out: {host}"));
    values.chain(members).chain(left_out).collect()
}

fn told(mistakes: &Mistakes) -> Vec<String> {
    let told = |mistake: &crate::catalog::Mistake| {
        let place = mistake.place.as_ref();
        let place = place.map(|at| format!("{}:{}: ", at.line, at.column));
        format!("{}{}", place.unwrap_or_default(), mistake.message)
    };
    mistakes.iter().map(told).collect()
}

/// The same of one text in a file of that name.
fn said(file: &str, text: &str, group: Option<&str>) -> Vec<String> {
    read(&folder(&[(file, text)]), &[(group, file)])
}

const INI: &str = "\
# all of it
localhost ansible_connection=local
gate.example:2222   # by way of another port

[masters]
m1 ansible_host=10.0.0.1 ansible_user='some one'  # the first
m2 ansible_host=\"10.0.0.2\"
[2001:db8::7]:22

[workers]
node[01:03].example ansible_host_key=x
db-[a:c]

[nodes:children]
masters
workers

[nodes:vars]
ansible_port=22

[dns_servers]
10.0.0.53
";

#[test]
fn groups_that_are_called_as_ours_are_ours() {
    assert_eq!(
        said("hosts", INI, None),
        [
            "dns_servers=10.0.0.53",
            "nodes=10.0.0.1,10.0.0.2,2001:db8::7,node01.example,node02.example,\
             node03.example,db-a,db-b,db-c",
        ]
    );
}

#[test]
fn of_several_groups_and_none_called_nodes_one_must_be_chosen() {
    let text = INI.replace("[nodes:", "[cluster:");
    assert_eq!(
        said("hosts", &text, None),
        [
            "the inventory has several groups and none is called `nodes`: `masters` (3 hosts), `workers` \
          (6 hosts), `cluster` (9 hosts) and `ungrouped` (1 host)"
        ],
    );
    let folder = folder(&[("hosts", &text)]);
    let nodes = "nodes=10.0.0.1,10.0.0.2,2001:db8::7,node01.example,node02.example,node03.example,\
                 db-a,db-b,db-c";
    assert_eq!(read(&folder, &[(Some("cluster"), "hosts")]), [nodes]);
    assert_eq!(
        read(&folder, &[(Some("ungrouped"), "hosts")]),
        ["nodes=gate.example", "left out: localhost"]
    );
    let one = "localhost ansible_connection=local\n[cluster]\nn1\nn2\n[dns_servers]\n10.0.0.53\n";
    assert_eq!(said("hosts", one, None)[1], "nodes=n1,n2");
    let nested = "[cluster:children]\nmasters\n[masters]\nn1\n";
    assert_eq!(
        said("hosts", nested, None),
        ["nodes=n1"],
        "the same hosts twice"
    );
}

#[test]
fn a_group_that_is_named_is_the_nodes() {
    assert_eq!(
        said("hosts", INI, Some("workers"))[0][..20],
        *"nodes=node01.example"
    );
    assert_eq!(
        said("hosts", INI, Some("worker")),
        ["the inventory has no group `worker`"]
    );
    let all = said("hosts", INI, Some("all"));
    assert!(all[0].ends_with("db-c,10.0.0.53"), "{all:?}");
}

#[test]
fn yaml_and_json_say_the_same_as_ini() {
    let yaml = "\
all:
  vars: {x: !vault abc}
  hosts:
    localhost: {ansible_connection: local}
  children:
    masters:
      hosts:
        m1: {ansible_host: 10.0.0.1}
        m[2:3]:
    nodes:
      children:
        masters:
        workers:
          hosts: {w1.example: }
    users: {hosts: {laptop: }}
";
    let expected = ["nodes=10.0.0.1,m2,m3,w1.example", "users: 1"];
    assert_eq!(said("hosts.yml", yaml, None), expected);
    assert_eq!(said("hosts", yaml, None), expected);
    let json = r#"{
        "_meta": {"hostvars": {
            "m1": {"ansible_host": "10.0.0.1", "deep": {"x": [1, null]}},
            "localhost": {"ansible_connection": "local"}}},
        "all": {"children": ["ungrouped", "nodes"]},
        "ungrouped": {"hosts": ["localhost"]},
        "nodes": {"children": ["masters", "workers"], "vars": {"a": 1}},
        "masters": {"hosts": ["m1", "m2", "m3"]},
        "workers": ["w1.example"],
        "users": {"hosts": ["laptop"]}
    }"#;
    assert_eq!(said("list", json, None), expected);
}

#[test]
fn what_is_wrong_with_an_inventory_has_its_place() {
    let ini = "\
[nodes:hots]
[]
[nodes]
a b_c!
n[1:
n[3:1]
n[01:9]
n[1:99999999]
n[a:9]
n[1:3:0]
x! y=z
";
    assert_eq!(
        said("hosts", ini, None),
        [
            "1:1: unknown kind of section `hots`, expected `children` or `vars`",
            "2:1: got a heading that is none",
            "4:1: word 2 of the line is no `KEY=VALUE`",
            "5:1: the `[` of `n[1:` is never closed",
            "6:1: got the range `3:1`, expected one such as `[01:16]` or `[a:d]`",
            "7:1: got the range `01:9`, expected one such as `[01:16]` or `[a:d]`",
            "8:1: `n[1:99999999]` stands for 99999999 hosts, expected at most 10000",
            "9:1: got the range `a:9`, expected one such as `[01:16]` or `[a:d]`",
            "10:1: got the range `1:3:0`, expected one such as `[01:16]` or `[a:d]`",
        ]
    );
    assert_eq!(
        said("hosts", "[nodes]\nx!\ny! ansible_host=10.0.0.1\n", None),
        ["2:1: `x!` is neither a host name nor an address"]
    );
    assert_eq!(
        said("hosts", "# nothing\n", None),
        ["the inventory has no host"]
    );
    assert_eq!(
        said("hosts.yaml", "nodes: {host: {a: }}\nusers: [a]\n", None),
        [
            "1:9: unknown key `host`",
            "2:8: got a list, expected a mapping with `hosts`, `children` or `vars`",
        ]
    );
    assert_eq!(
        said("list", "{\"nodes\": 7}", None).len(),
        1,
        "data of another form"
    );
    assert_eq!(
        said("list", "{\"nodes\": [\"a b\"]}", None),
        ["1:13: `a b` is neither a host name nor an address"]
    );
}

#[test]
fn what_is_no_file_of_hosts_is_named() {
    let cases = [
        ("hosts.py", "#!/usr/bin/python3\nimport json\n", "a program"),
        ("hosts.toml", "[all.hosts]\nn1 = {}\n", "TOML"),
        ("hosts", "[nodes.hosts]\nn1 = {}\n", "TOML"),
        (
            "ansible.cfg",
            "# ours\n[defaults]\ninventory = hosts\n",
            "the configuration of Ansible",
        ),
        (
            "hosts",
            "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
            "an encrypted file",
        ),
    ];
    for (file, text, what) in cases {
        let expected = format!("got {what}, expected a file of hosts");
        assert_eq!(said(file, text, None), [expected]);
    }
    assert_eq!(
        said(
            "aws.yml",
            "plugin: amazon.aws.aws_ec2\nregions: [a]\n",
            None
        ),
        ["1:1: got the configuration of a plugin, expected hosts"]
    );
}

#[test]
fn what_ansible_refuses_of_a_line_is_refused_with_its_place() {
    let text = "\
[nodes]
n1 ansible_host = 10.0.0.1
n2 ansible_password='hunter2
n3 hunter2
n4:
[nodes:vars]
hunter2
[none:vars]
x=1
[nodes:children]
nobody
[nodes] ; a comment of another kind
";
    assert_eq!(
        said("hosts", text, None),
        [
            "2:4: word 2 of the line is no `KEY=VALUE`",
            "3:21: this quote is never closed",
            "4:1: word 2 of the line is no `KEY=VALUE`",
            "5:1: got a host that ends in `:`, expected a port behind it",
            "7:1: got a line without `=`, expected `KEY=VALUE`",
            "8:1: `[none:vars]` names a group `none`, and there is none",
            "11:1: `[nodes:children]` names a group `nobody`, and there is none",
            "12:1: got no name of a group",
        ]
    );
}

#[test]
fn the_node_that_ansible_runs_on_is_a_node_where_its_address_is_known() {
    let text = "[nodes]\nn1 ansible_connection=local ansible_host=10.0.0.1\nn2 ansible_connection=local\n\
                n3 ansible_connection=local ansible_host=127.0.0.1\nlocalhost ansible_connection=local\n";
    assert_eq!(
        said("hosts", text, None),
        ["nodes=10.0.0.1,n2,n3", "left out: localhost"]
    );
    assert_eq!(
        said(
            "hosts",
            "[nodes]\nlocalhost ansible_connection=local\n[db]\nd1\n",
            None
        ),
        ["group `nodes` has no host that can be a target"]
    );
}

#[test]
fn variables_count_in_ansibles_order() {
    let hosts = "[nodes]\nn[1:6] ansible_host=\"{{ own }}\"\nn7\n[nodes:vars]\nansible_host=of-nodes\nown=inline\n\
                 [all:vars]\nown=all\n";
    let folder = folder(&[
        ("hosts", hosts),
        ("host_vars/n1.yml", "own: host-file\n"),
        ("host_vars/n2/a.yaml", "own: host-folder\n"),
        ("host_vars/n2/b.json", "{\n\t\"own\": \"later-in-it\"}"),
        ("host_vars/n2/c.txt", "own: no\n"),
        (
            "host_vars/n3",
            "ansible_host: \"{{ inventory_hostname }}.corp\"\n",
        ),
        ("host_vars/n4.yml", "# nothing\n"),
        (
            "host_vars/n5.yml",
            "base: &b {x: &x from-anchor}\nown: *x\n",
        ),
        ("group_vars/all.yml", "own: group-file-of-all\n"),
    ]);
    assert_eq!(
        read(&folder, &[(None, "hosts")]),
        ["nodes=host-file,later-in-it,n3.corp,group-file-of-all,from-anchor,of-nodes"],
        "n4 and n6 are one"
    );
}

#[test]
fn a_merge_key_takes_another_mapping_in() {
    let text = "all:\n  hosts:\n    a: &a {ansible_host: 10.0.0.1, x: 1}\n    b: {<<: *a}\n    \
                c: {<<: [*a], ansible_host: 10.0.0.3}\n";
    assert_eq!(said("hosts.yml", text, None), ["nodes=10.0.0.1,10.0.0.3"]);
}

#[test]
fn what_only_ansible_can_work_out_is_refused_with_its_place() {
    let text = "all:\n  hosts:\n    n1: {ansible_host: \"{{ lookup('env', 'X') }}\"}\n    \
                n2: {ansible_host: !vault \"$ANSIBLE_VAULT;1.1;AES256\\n61\"}\n    n3: {ansible_host: '{{ a }}', \
                a: '{{ b }}', b: '{{ a }}'}\n    n4:\n";
    let folder = folder(&[
        ("hosts.yml", text),
        ("host_vars/n4.yml", "$ANSIBLE_VAULT;1.1;AES256\n61\n"),
    ]);
    assert_eq!(
        read(&folder, &[(None, "hosts.yml")]),
        [
            "3:10: `ansible_host` of host `n1` is `{{ lookup('env', 'X') }}`, which only Ansible can work out",
            "4:10: `ansible_host` of host `n2` may be in what is encrypted, which cannot be read here",
            "5:10: `ansible_host` of host `n3` is `{{ a }}`, which only Ansible can work out",
            "1:1: `ansible_ssh_host` of host `n4` may be in what is encrypted, which cannot be read here",
        ]
    );
}

#[test]
fn several_files_are_one_inventory_and_a_directory_is_its_files() {
    let folder = folder(&[
        ("a/01-hosts", "[nodes]\nn1\n"),
        ("a/02.yml", "nodes: {hosts: {n2: }}\n"),
        ("a/sub/03.ini", "[nodes]\nn3\n"),
        ("a/README.md", "# no hosts\n"),
        ("a/.hidden", "[nodes]\nno\n"),
        ("a/hosts.bak", "[nodes]\nno\n"),
        (
            "a/group_vars/nodes.yml",
            "ansible_host: '{{ inventory_hostname }}.x'\n",
        ),
        ("b", "[nodes]\nn4 ansible_host=n4\n[dns_servers]\nd1\n"),
    ]);
    assert_eq!(read(&folder, &[(None, "a")]), ["nodes=n1.x,n2.x,n3.x"]);
    assert_eq!(
        read(&folder, &[(None, "a"), (None, "b")]),
        ["dns_servers=d1", "nodes=n1.x,n2.x,n3.x,n4"]
    );
    assert_eq!(
        read(&folder, &[(Some("nodes"), "a"), (None, "b")]),
        ["dns_servers=d1", "nodes=n1.x,n2.x,n3.x"],
        "a group that is named is the nodes"
    );
    assert_eq!(
        read(&folder, &[(Some("nodes"), "a"), (Some("dns_servers"), "b")]),
        ["nodes=n1.x,n2.x,n3.x,d1"]
    );
}

#[test]
fn what_ansible_says_counts_where_it_is_installed() {
    let folder = folder(&[("hosts", "[nodes]\nn1\n"), ("bad", "[nodes]\nx a = z\n")]);
    let asked = |name: &str, answer: Answer| {
        let source = InventorySource {
            path: folder.path().join(name),
            ..InventorySource::default()
        };
        let read = Inventory::read(&[source], &CATALOGS, &|_| answer.clone());
        match read {
            Ok(inventory) => vec![inventory.values["nodes"].to_string()],
            Err(wrong) => wrong.iter().flat_map(told).collect(),
        }
    };
    let listing = |text: &str| Answer::Listing(text.to_owned());
    assert_eq!(
        asked("hosts", listing("{\"nodes\": {\"hosts\": [\"cloud\"]}}")),
        ["cloud"]
    );
    assert_eq!(
        asked("bad", Answer::Refused),
        ["2:3: word 2 of the line is no `KEY=VALUE`"],
        "ours explains"
    );
    assert_eq!(
        asked("hosts", Answer::Refused),
        ["this machine's Ansible does not read it"]
    );
}

#[test]
fn a_group_that_is_in_itself_is_a_mistake() {
    let text = "[a:children]\nnodes\n[nodes:children]\na\n[nodes]\nn1\n";
    assert_eq!(said("hosts", text, None), ["4:1: group `a` is in itself"]);
}

#[test]
fn one_variable_of_one_host_takes_one() {
    let text = "[smtp_relay]\na\nb\n[nodes]\nc\n";
    assert_eq!(
        said("hosts", text, None),
        ["group `smtp_relay` has 2 hosts, expected one"]
    );
    assert_eq!(said("hosts", text, Some("nodes")), ["nodes=c"]);
}

#[test]
fn the_same_hosts_may_be_in_several_groups_and_too_many_are_too_many() {
    let text = "[a]\nn[1:6000]\n[b]\nn[1:6000]\n[nodes:children]\na\nb\n";
    assert_eq!(said("hosts", text, None)[0].split(',').count(), 6_000);
    let text = "[a]\nn[1:6000]\n[b]\nm[1:6000]\n";
    assert_eq!(
        said("hosts", text, None),
        ["got 12000 hosts, expected at most 10000"]
    );
    let text = "n[1:10000]\n".repeat(12);
    assert_eq!(
        said("hosts", &text, None),
        [
            "11:1: `n[1:10000]` stands for 10000 hosts, expected at most 0",
            "12:1: `n[1:10000]` stands for 10000 hosts, expected at most 0",
        ]
    );
}

#[test]
fn ranges_multiply_up_to_the_limit() {
    let names = range::expand("r[1:2]n[8:10:2].x", 100).unwrap();
    assert_eq!(names, ["r1n8.x", "r1n10.x", "r2n8.x", "r2n10.x"]);
    assert_eq!(range::expand("n[:2]", 9).unwrap(), ["n0", "n1", "n2"]);
    let bomb = "[1:9999]".repeat(40);
    assert!(range::expand(&bomb, 10_000).is_err());
    let wide = "[0:18446744073709551615]";
    assert!(range::expand(wide, 10_000).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(text in "([-a1:\\[\\]{}=!'\"#;, \n]|nodes|children|hosts|é)*") {
        for file in ["hosts", "hosts.yml"] {
            let _ = said(file, &text, None);
        }
        let _ = said("hosts", &format!("{{{text}"), None);
    }
}
