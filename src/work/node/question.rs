//! What is asked of a node, put into its calls, and its answers read.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ledger::Depth;
use super::rpc::{CHAIN_INFO, Client, Fault, LONGPOLL, OUT_OF_RANGE, SHORT, SUBMIT, TEMPLATE};
use super::session::{Answer, Ask, ChainNow};
use crate::domain::mining::Chain;
use crate::domain::time::Timestamp;
use crate::engine::header::Hash;
use crate::work::template::{Sieved, Template, TemplateOptions};

/// What is read of `getblockchaininfo`.
#[derive(Deserialize)]
struct ChainInfo {
    chain: String,
    blocks: Option<u32>,
    bestblockhash: Option<String>,
    #[serde(default)]
    initialblockdownload: bool,
}

/// What is read of `getblockheader`.
#[derive(Deserialize)]
struct BlockHeader {
    time: u32,
}

/// Asks, and reads the answer. `ahead` hears of the tip that a long template is made on, before the rest is here.
pub(super) async fn put(
    client: &Client,
    ask: &Ask,
    clock: fn() -> Timestamp,
    ahead: &(dyn Fn(Hash) + Sync),
) -> Result<Answer, Fault> {
    match ask {
        Ask::Chain => chain(client).await.map(Answer::Chain),
        Ask::Allowed => allowed(client).await.map(|()| Answer::Allowed),
        Ask::Template(wishes) => {
            let stated = client
                .call("getblocktemplate", wanted(wishes, None), TEMPLATE)
                .await?;
            template(stated, wishes, clock()).await
        }
        Ask::Longpoll(wishes, id) => {
            let peek = |head: &[u8]| {
                if let Some(previous) = previous_in(head) {
                    ahead(previous);
                }
            };
            let params = wanted(wishes, Some(id));
            let stated = client
                .call_peeking("getblocktemplate", params, LONGPOLL, &peek)
                .await?;
            template(stated, wishes, clock()).await
        }
        Ask::Tip => {
            let tip: String = client.call("getbestblockhash", json!([]), SHORT).await?;
            hash(&tip).map(Answer::Tip)
        }
        Ask::Parent(of) => {
            let params = json!([of.to_string(), true]);
            let header: BlockHeader = client.call("getblockheader", params, SHORT).await?;
            Ok(Answer::Parent(header.time))
        }
        Ask::Propose(template) => {
            let data = HEXLOWER.encode(&template.proposal());
            let params =
                json!([{"mode": "proposal", "data": data, "rules": rules(template.chain())}]);
            let reason = client.call("getblocktemplate", params, SUBMIT).await?;
            Ok(Answer::Reason(reason))
        }
        Ask::Submit(block) => {
            let mut reason = Err(shape("nothing was asked"));
            for params in handed_in(&block.hex, block.work_id.as_deref()) {
                reason = client.call("submitblock", params, SUBMIT).await;
                if !matches!(reason, Err(Fault::Rpc { .. })) {
                    break;
                }
            }
            reason.map(Answer::Reason)
        }
        Ask::Depth(block) => depth(client, block.height).await.map(Answer::Depth),
    }
}

/// A block as it is handed in, in this order until one is judged: a node that gave no work id may refuse to read one.
fn handed_in(hex: &str, work_id: Option<&str>) -> Vec<Value> {
    let named = work_id.map(|id| json!([hex, {"workid": id}]));
    named.into_iter().chain([json!([hex])]).collect()
}

/// Which chain the node is on, and where on it.
pub(super) async fn chain(client: &Client) -> Result<ChainNow, Fault> {
    let info: ChainInfo = client.call(CHAIN_INFO, json!([]), SHORT).await?;
    Ok(ChainNow {
        // Core gives templates of its first blocks meanwhile. Regtest, and a signet of one's own, are in it for ever.
        fetching: info.initialblockdownload && matches!(&*info.chain, "main" | "testnet4"),
        word: info.chain,
        height: info.blocks,
        tip: info.bestblockhash.map(|tip| hash(&tip)).transpose()?,
    })
}

/// What a found block will need, tried now: a user who may not hand it in would lose it. The node's own error is an answer.
async fn allowed(client: &Client) -> Result<(), Fault> {
    let nothing = "00".repeat(32);
    let needed = [
        ("submitblock", json!(["00"]), SUBMIT),
        ("getblockheader", json!([nothing, true]), SHORT),
        ("getbestblockhash", json!([]), SHORT),
        ("getblockcount", json!([]), SHORT),
        ("getblockhash", json!([0]), SHORT),
    ];
    for (method, params, bounds) in needed {
        let tried: Result<serde::de::IgnoredAny, Fault> = client.call(method, params, bounds).await;
        match tried {
            Ok(_) | Err(Fault::Rpc { .. }) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

async fn depth(client: &Client, height: u32) -> Result<Depth, Fault> {
    let tip = client.call("getblockcount", json!([]), SHORT).await?;
    let at = match client
        .call::<String>("getblockhash", json!([height]), SHORT)
        .await
    {
        Ok(at) => Some(hash(&at)?),
        Err(Fault::Rpc {
            code: OUT_OF_RANGE, ..
        }) => None,
        Err(fault) => return Err(fault),
    };
    Ok(Depth { tip, at })
}

async fn template(
    Sieved(value): Sieved,
    wishes: &Arc<TemplateOptions>,
    received: Timestamp,
) -> Result<Answer, Fault> {
    let wishes = Arc::clone(wishes);
    let made = move || Template::from_json(&value, &wishes, received);
    let made = tokio::task::spawn_blocking(made).await;
    let made = made.map_err(|_| shape("reading its template failed"))?;
    made.map(|template| Answer::Template(Arc::new(template)))
        .map_err(|e| Fault::Template(e.to_string()))
}

fn wanted(wishes: &TemplateOptions, longpoll: Option<&str>) -> Value {
    let rules = rules(wishes.payouts.chain());
    match longpoll {
        None => json!([{"rules": rules, "capabilities": ["longpoll"]}]),
        Some(id) => json!([{"rules": rules, "capabilities": ["longpoll"], "longpollid": id}]),
    }
}

fn rules(chain: Chain) -> Value {
    match chain {
        Chain::Signet => json!(["segwit", "signet"]),
        Chain::Main | Chain::Testnet4 | Chain::Regtest => json!(["segwit"]),
    }
}

fn hash(text: &str) -> Result<String, Fault> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(shape("a block hash that is none"))
    }
}

fn shape(what: &str) -> Fault {
    Fault::Shape(what.to_owned())
}

/// The block before, as the head of a template names it.
fn previous_in(head: &[u8]) -> Option<Hash> {
    let name = b"\"previousblockhash\"";
    let at = head.windows(name.len()).position(|w| w == name)? + name.len();
    let rest = head.get(at..)?;
    let mut text = rest.split(|b| *b == b'"').nth(1)?.to_ascii_lowercase();
    text.truncate(65);
    let mut bytes = <[u8; 32]>::try_from(HEXLOWER.decode(&text).ok()?).ok()?;
    bytes.reverse();
    Some(Hash::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_template_names_its_parent() {
        let name = "00ff".repeat(15) + "0a01";
        let head = format!(r#"{{"result":{{"version":1, "previousblockhash" : "{name}","tran"#);
        assert_eq!(
            previous_in(head.as_bytes()).expect("named").to_string(),
            format!("{name}")
        );
        for odd in [
            "",
            "\"previousblockhash\"",
            "\"previousblockhash\":\"00",
            "\"previousblockhash\":7",
        ] {
            assert_eq!(previous_in(odd.as_bytes()), None);
        }
    }

    #[test]
    fn a_work_id_goes_back_with_the_block_but_never_bars_it() {
        assert_eq!(handed_in("00", None), [json!(["00"])]);
        assert_eq!(
            handed_in("00", Some("7")),
            [json!(["00", {"workid": "7"}]), json!(["00"])]
        );
    }

    #[test]
    fn answers_of_the_wrong_shape() {
        assert!(hash("xx").is_err());
        assert_eq!(hash(&"AB".repeat(32)), Ok("ab".repeat(32)));
    }
}
