use std::sync::LazyLock;

use super::*;
use crate::catalog::embedded;

/// What an inventory says, each as `VARIABLE=VALUE` or `GROUP: MEMBERS`; or its mistakes.
fn said(file: &str, text: &str, group: Option<&str>) -> Vec<String> {
    static CATALOGS: LazyLock<Catalogs> = LazyLock::new(|| embedded::catalogs().unwrap());
    let inventory = match Inventory::parse(file, text, (group, &CATALOGS)) {
        Ok(inventory) => inventory,
        Err(mistakes) => {
            let told = |mistake: &crate::catalog::Mistake| {
                let place = mistake.place.as_ref();
                let place = place.map(|at| format!("{}:{}: ", at.line, at.column));
                format!("{}{}", place.unwrap_or_default(), mistake.message)
            };
            return mistakes.iter().map(told).collect();
        }
    };
    let values = inventory.values.iter();
    let values = values.map(|(name, value)| format!("{name}={value}"));
    let members = inventory.members.iter();
    let members = members.map(|(name, members)| format!("{name}: {}", members.len()));
    values.chain(members).collect()
}

const INI: &str = "\
# all of it
localhost ansible_connection=local
gate.example:2222   ; not a comment of ansible's, passed over

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
ansible_host=nobody

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
fn without_a_group_of_nodes_the_hosts_of_no_other_group_are_the_nodes() {
    let text = INI.replace("[nodes:", "[cluster:");
    assert_eq!(
        said("hosts", &text, None)[1],
        "nodes=gate.example,10.0.0.1,10.0.0.2,2001:db8::7,node01.example,node02.example,\
         node03.example,db-a,db-b,db-c",
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
            "2:1: got an empty name of a group",
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
fn a_program_or_a_directory_is_not_read_as_hosts() {
    assert_eq!(
        said("hosts.py", "#!/usr/bin/python3\nimport json\n", None),
        ["got a program, expected a file of hosts"]
    );
    let catalogs = embedded::catalogs().unwrap();
    let mistakes = Inventory::read_file(Path::new("/"), None, &catalogs).unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "error: got a directory, expected a file of hosts\n --> /\n\
         help: give what `ansible-inventory --list` prints for it"
    );
}

#[test]
fn a_group_that_contains_itself_is_no_trap() {
    let text = "[a:children]\nnodes\n[nodes:children]\na\n[nodes]\nn1\n";
    assert_eq!(said("hosts", text, None), ["nodes=n1"]);
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
