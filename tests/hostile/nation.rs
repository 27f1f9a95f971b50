//! A nation as a raw client sees it, and orders for it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::attacker::{Link, Person};
use crate::house::{self, snapshot};

/// A block that can be ordered.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub site: String,
    pub id: String,
    /// What it draws, W.
    pub power: i64,
    pub floor: i64,
    pub nameplate: i64,
}

/// All of it, as it stood when it was asked for; sequences go on from there.
#[derive(Debug)]
pub(crate) struct Nation {
    pub blocks: Vec<Block>,
    sites: BTreeMap<String, (u64, u64)>,
}

impl Nation {
    /// Asks for the whole fleet. Only blocks without notice, lockout, heat customers or faults are kept.
    pub(crate) fn look(at: &str) -> Self {
        let fleet = snapshot(at, "fleet");
        let number = |value: &Value| value.as_i64().unwrap_or(0);
        let site = |row: &Value| {
            let epoch = row["authority"]["epoch"].as_u64().unwrap_or(0);
            let seq = row["site_seq"].as_u64().unwrap_or(0);
            (text(&row["id"]), (epoch, seq))
        };
        let ready = |row: &&Value| {
            row["state"] == "hashing"
                && row["tags"].as_array().is_none_or(Vec::is_empty)
                && ["must_run_w", "notice_s", "min_on_s"].map(|f| number(&row[f])) == [0, 0, 0]
                && row["power_source"] == "meter"
        };
        let block = |row: &Value| Block {
            site: text(&row["site"]),
            id: text(&row["id"]),
            power: number(&row["power_w"]),
            floor: number(&row["floor_w"]),
            nameplate: number(&row["nameplate_w"]),
        };
        Self {
            blocks: fleet["blocks"].iter().filter(ready).map(block).collect(),
            sites: fleet["sites"].iter().map(site).collect(),
        }
    }

    /// Takes blocks of a site out until they draw so many MW together; gives them with what they draw, MW.
    pub(crate) fn take(&mut self, site: &str, mw: i64) -> (Vec<Block>, f64) {
        let mut taken = Vec::new();
        let mut sum = 0;
        self.blocks.retain(|block| {
            let wanted = block.site == site && sum < mw * 1_000_000;
            if wanted {
                sum += block.power - block.floor;
                taken.push(block.clone());
            }
            !wanted
        });
        assert!(sum >= mw * 1_000_000, "{site} has no {mw} MW");
        (taken, sum as f64 / 1e6)
    }

    /// An order of `kind` for these blocks, all the way down or up, not signed yet.
    pub(crate) fn order(&mut self, by: &Person, kind: &str, blocks: &[Block]) -> Value {
        let mut seen = BTreeMap::new();
        let targets: Vec<Value> = blocks
            .iter()
            .map(|block| {
                let (epoch, seq) = self.sites.get_mut(&block.site).expect("such a site");
                let seq = *seen.entry(block.site.clone()).or_insert_with(|| {
                    *seq += 1;
                    *seq
                });
                let target = if kind == "restore" {
                    block.nameplate
                } else {
                    block.floor
                };
                json!({"site": block.site, "block": block.id, "target_w": target, "epoch": *epoch, "site_seq": seq})
            })
            .collect();
        json!({
            "type": "order", "id": house::id(), "plan": "07".repeat(32),
            "nation": "Belarus", "gateway": "simulator", "kind": kind, "targets": targets,
            "extra_w_max": 0, "reason": "test", "issued_by": by.name, "desk": format!("desk of {}", by.name),
            "issued_at": house::at(0), "expires_at": house::at(60_000), "lease_s": 0,
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Signs an order and sends it; gives its first answer.
pub(crate) fn send(link: &mut Link, by: &Person, order: Value) -> Value {
    let id = text(&order["id"]);
    link.ask(&by.sign(order), &id)
}

/// All reasons of an answer, by code, each once.
pub(crate) fn codes(answer: &Value) -> Vec<String> {
    let targets = answer["targets"].as_array().cloned().unwrap_or_default();
    let reasons = |target: &Value| target["reasons"].as_array().cloned().unwrap_or_default();
    let all = targets.iter().flat_map(reasons);
    let mut codes: Vec<String> = all.map(|reason| text(&reason["code"])).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// Waits until an order is over, by its answers to all; gives its last phase.
pub(crate) fn over(link: &mut Link, id: &str) -> String {
    let phase = |order: &Value| order["id"] == id && order["targets"].is_array();
    let last = ["delivered", "failed", "expired", "cancelled", "rejected"];
    let found = |message: &Value| -> Option<Value> {
        let items = message["items"].as_array()?;
        items.iter().find(|i| phase(i)).cloned()
    };
    let message = link.wait("the end of the order", |message| {
        found(message).is_some_and(|order| last.contains(&order["phase"].as_str().unwrap_or("")))
    });
    found(&message)
        .map(|order| text(&order["phase"]))
        .expect("it was there")
}
