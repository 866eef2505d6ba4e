//! AWS: rules of a security group, as a `CloudFormation` template or for Terraform.
//! Source: `AWS::EC2::SecurityGroupEgress`; the provider's `aws_vpc_security_group_egress_rule`.

use serde_json::{Map, Value, json};

use super::{
    change::{Change, by_address},
    cloud::{Entry, entries, unnamed},
    escape,
    flow::{Direction, Family, Flow},
    script::{Script, mark},
};
use crate::net::Transport;

/// How many rules a group takes in a direction, unless AWS was asked for more. Source: Amazon VPC
/// quotas.
const QUOTA: usize = 60;

/// The longest description, in characters.
const LONGEST: usize = 250;

const BY_NAME: &str =
    "a security group knows no names: AWS Network Firewall does, or a proxy (`--for squid`)";

pub(super) fn aws(flows: &[Flow]) -> Change {
    let (said, unsaid) = by_address(flows);
    let entries = entries(&said);
    let mark = mark(flows);
    let mut resources = Map::new();
    for (place, entry) in entries.iter().enumerate() {
        let name = format!("Portcheck{}", place + 1);
        resources.insert(name, resource(entry, &mark));
    }
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("{mark}: adds rules to a security group, changes none"),
        "Parameters": {
            "SecurityGroup": {
                "Type": "AWS::EC2::SecurityGroup::Id",
                "Description": "The group of the machines that the rules are for"
            }
        },
        "Resources": resources,
    });
    let mut undo = Script::new("#!/bin/sh");
    undo.comment(
        "Takes the change back: `sh FILE STACK`, the stack that was made of the template.",
    );
    undo.line("aws cloudformation delete-stack --stack-name \"$1\"");
    Change {
        text: format!("{template:#}\n"),
        undo: (!entries.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: quota(&entries),
        unsaid: unnamed(unsaid, BY_NAME),
    }
}

/// What the quota has to say.
fn quota(entries: &[Entry<'_>]) -> Vec<String> {
    let directions = [Direction::Outbound, Direction::Inbound];
    let counts = directions.map(|direction| {
        let of_it = entries.iter().filter(|entry| entry.direction == direction);
        (direction, of_it.count())
    });
    let over = counts.into_iter().filter(|(_, count)| *count > QUOTA);
    over.map(|(direction, count)| {
        format!(
            "{count} {} rules do not fit one security group, whose quota is {QUOTA}: ask AWS for more, \
             or use {} groups; `--allow-wider` says what fewer would open besides",
            direction.word(),
            count.div_ceil(QUOTA)
        )
    })
    .collect()
}

/// Protocol, first and last port as AWS has them; of ICMP it is type and code: an echo has 0.
fn carried(entry: &Entry<'_>) -> (&'static str, Option<[i32; 2]>) {
    match (entry.transport, entry.family, entry.ports) {
        (Transport::Icmp, Family::V4, _) => ("icmp", Some([8, 0])),
        (Transport::Icmp, Family::V6, _) => ("icmpv6", Some([128, 0])),
        (Transport::Esp, ..) => ("50", None),
        (transport, _, ports) => {
            let ports = ports.map(|ports| [ports.first.into(), ports.last.into()]);
            (transport.word(), ports)
        }
    }
}

fn resource(entry: &Entry<'_>, mark: &str) -> Value {
    let kind = match entry.direction {
        Direction::Outbound => "AWS::EC2::SecurityGroupEgress",
        Direction::Inbound => "AWS::EC2::SecurityGroupIngress",
    };
    let cidr = match entry.family {
        Family::V4 => "CidrIp",
        Family::V6 => "CidrIpv6",
    };
    let (protocol, ports) = carried(entry);
    let mut properties = json!({
        "GroupId": { "Ref": "SecurityGroup" },
        "IpProtocol": protocol,
        "Description": entry.remark(mark, LONGEST),
    });
    properties[cidr] = entry.network().into();
    if let Some([first, last]) = ports {
        properties["FromPort"] = first.into();
        properties["ToPort"] = last.into();
    }
    json!({ "Type": kind, "Properties": properties })
}

pub(super) fn terraform(flows: &[Flow]) -> Change {
    let (said, unsaid) = by_address(flows);
    let unsaid = unnamed(unsaid, BY_NAME);
    let entries = entries(&said);
    let mark = mark(flows);
    let mut script = Script::default();
    script.comment("Adds rules to a security group, changes none.");
    script.line("variable \"portcheck_security_group\" {");
    script.line("  description = \"The group of the machines that the rules are for\"");
    script.line("  type        = string");
    script.line("}");
    for (place, entry) in entries.iter().enumerate() {
        script.line("");
        script.about(entry.flow);
        block(
            &mut script,
            entry,
            &format!("{}_{}", mark.replace('-', "_"), place + 1),
        );
    }
    script.unsaid(&unsaid);
    let mut undo = Script::default();
    undo.comment("Nothing: put it in the place of the change, then run `terraform apply`.");
    Change {
        text: script.into_text(),
        undo: (!entries.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: quota(&entries),
        unsaid,
    }
}

fn block(script: &mut Script, entry: &Entry<'_>, name: &str) {
    let kind = match entry.direction {
        Direction::Outbound => "egress",
        Direction::Inbound => "ingress",
    };
    let cidr = match entry.family {
        Family::V4 => "cidr_ipv4",
        Family::V6 => "cidr_ipv6",
    };
    let (protocol, ports) = carried(entry);
    let mut pairs = vec![
        (
            "security_group_id",
            "var.portcheck_security_group".to_owned(),
        ),
        ("description", escape::hcl(&entry.remark(name, LONGEST))),
        ("ip_protocol", escape::hcl(protocol)),
        (cidr, escape::hcl(&entry.network())),
    ];
    if let Some([first, last]) = ports {
        pairs.push(("from_port", first.to_string()));
        pairs.push(("to_port", last.to_string()));
    }
    script.line(&format!(
        "resource \"aws_vpc_security_group_{kind}_rule\" \"{name}\" {{"
    ));
    for (key, value) in pairs {
        // As `terraform fmt` aligns them.
        script.line(&format!("  {key:17} = {value}"));
    }
    script.line("}");
}
