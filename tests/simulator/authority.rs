//! A gateway with a roll: whose orders it obeys, and through whose hands authority goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use baseload::cli::OperatorAction;
use baseload::commands::operator::{Key, run};
use baseload::domain::act::Stamp;
use baseload::domain::deed::{Act, Deed};
use baseload::domain::ids::{BlockId, GatewayId, OrderId, SiteId};
use baseload::domain::link::{Item, Request, Topic};
use baseload::domain::order::{Agreement, Countersign, Order, OrderKind, OrderStatus, Phase};
use baseload::domain::units::Power;
use baseload::gateway::roll::Roll;
use baseload::gateway::simulator::{GATEWAY, SimulatorOptions};
use baseload::gateway::{Gateway, LinkId};

use crate::desk::{Desk, LINK, START};

struct Staff {
    _folder: tempfile::TempDir,
    anna: Key,
    boris: Key,
    stranger: Key,
    roll: Arc<Roll>,
}

pub(crate) fn make(folder: &Path, name: &str) -> Key {
    let out: PathBuf = folder.join(name);
    let new = OperatorAction::New {
        name: name.to_owned(),
        out: out.clone(),
        rank: "operator".to_owned(),
        passphrase_file: None,
    };
    run(&new).expect("a new key");
    Key::read(&out, None).expect("the key that was made")
}

/// Anna: operator at Astravets and Lukoml, 100 MW an order. Boris: dispatcher everywhere. Above 150 MW two persons.
fn staff() -> Staff {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let anna = make(folder.path(), "anna");
    let boris = make(folder.path(), "boris");
    let stranger = make(folder.path(), "stranger");
    let text = format!(
        "two_persons_above_mw = 150\nemergency_step_mw = 120\n\
         [[operator]]\nname = \"anna\"\nrank = \"operator\"\nkey = \"{}\"\nsites = [\"astravets\", \"lukoml\"]\nlimit_mw = 100\n\
         [[operator]]\nname = \"boris\"\nrank = \"dispatcher\"\nkey = \"{}\"\n",
        anna.public(),
        boris.public()
    );
    Staff {
        _folder: folder,
        anna,
        boris,
        stranger,
        roll: Arc::new(Roll::parse(&text).expect("a sound roll")),
    }
}

fn desk(staff: &Staff) -> Desk {
    Desk::open(SimulatorOptions {
        roll: Some(Arc::clone(&staff.roll)),
        ..SimulatorOptions::at(START)
    })
}

/// An order that takes about so many MW off at a site, blocks that can be ordered only.
fn shed(desk: &Desk, id: u128, site: &str, mw: i64, by: &str) -> Order {
    let mut sum = Power::ZERO;
    let blocks: Vec<_> = desk
        .blocks()
        .into_iter()
        .filter(|block| block.site.as_str() == site && block.tags.is_empty())
        .filter(|block| block.limits.must_run == Power::ZERO)
        .take_while(|block| {
            let before = sum;
            sum += block.power.unwrap_or(Power::ZERO) - block.floor;
            before < Power::from_megawatts(mw)
        })
        .collect();
    assert!(sum >= Power::from_megawatts(mw), "{site} has not so much");
    let targets: Vec<_> = blocks.iter().map(|block| (block, block.floor)).collect();
    Order {
        issued_by: by.into(),
        desk: Some("one".into()),
        expires_at: desk.now + Duration::from_mins(4),
        ..desk.order(id, OrderKind::Curtail, &targets)
    }
}

/// The desk of the second person, and its link.
const OTHER: LinkId = LinkId(2);

/// An act of somebody's at a desk.
pub(crate) fn acted(
    desk: &Desk,
    id: u128,
    (key, by, at): (&Key, &str, &str),
    request: Request,
) -> Request {
    let stamp = Stamp {
        act: OrderId(id),
        gateway: GatewayId::new(GATEWAY),
        by: by.into(),
        desk: at.into(),
        at: desk.now,
        raised: None,
        signature: None,
    };
    let stamp = key.sign_act(&request, &stamp);
    Request::Stamped(Box::new(request), Box::new(stamp))
}

pub(crate) fn codes(status: &OrderStatus) -> Vec<String> {
    let mut codes: Vec<String> = status
        .targets
        .iter()
        .flat_map(|target| target.reasons.iter().map(|reason| reason.code().to_owned()))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn only_a_signature_of_somebody_on_the_roll_moves_anything() {
    let staff = staff();
    let mut desk = desk(&staff);
    let bare = shed(&desk, 1, "astravets", 10, "anna");
    let refused = desk.send(bare.clone());
    assert_eq!(
        (refused.phase, codes(&refused)),
        (Phase::Rejected, vec!["unsigned".into()])
    );
    let forged = staff.stranger.sign_order(&Order {
        id: OrderId(2),
        ..bare.clone()
    });
    assert_eq!(codes(&desk.send(forged)), ["signature"]);
    let unknown = shed(&desk, 3, "astravets", 10, "stranger");
    assert_eq!(
        codes(&desk.send(staff.stranger.sign_order(&unknown))),
        ["unknown_operator"]
    );
    // Signed, and changed on its way.
    let mut changed = staff.anna.sign_order(&Order {
        id: OrderId(4),
        ..bare.clone()
    });
    changed.targets[0].target = Power::ZERO;
    assert_eq!(codes(&desk.send(changed)), ["signature"]);
    // What nobody known has signed left no trace: its id is the issuer's own still.
    let sound = staff.anna.sign_order(&bare);
    assert_ne!(desk.send(sound).phase, Phase::Rejected);
    // And from now on that order's alone.
    let other = staff.anna.sign_order(&Order {
        reason: "another".into(),
        ..bare
    });
    assert_eq!(codes(&desk.send(other)), ["id_used"]);
}

#[test]
fn rank_sites_and_megawatts_bound_what_a_signature_is_worth() {
    let staff = staff();
    let mut desk = desk(&staff);
    let foreign = staff.anna.sign_order(&shed(&desk, 1, "biaroza", 5, "anna"));
    assert_eq!(codes(&desk.send(foreign)), ["scope"]);
    let large = staff
        .anna
        .sign_order(&shed(&desk, 2, "astravets", 110, "anna"));
    assert_eq!(codes(&desk.send(large)), ["limit"]);
    let same = staff
        .boris
        .sign_order(&shed(&desk, 3, "astravets", 110, "boris"));
    assert_ne!(desk.send(same).phase, Phase::Rejected);
}

#[test]
fn much_needs_two_persons_who_sign_the_same_bytes() {
    let staff = staff();
    let mut desk = desk(&staff);
    let alone = shed(&desk, 1, "astravets", 200, "boris");
    assert_eq!(
        codes(&desk.send(staff.boris.sign_order(&alone))),
        ["two_persons"]
    );
    // Oneself is no second person.
    let both = Order {
        id: OrderId(2),
        countersigned_by: Some("boris".into()),
        ..alone.clone()
    };
    let both = Order {
        countersignature: Some(staff.boris.countersign(&both)),
        ..both
    };
    assert_eq!(
        codes(&desk.send(staff.boris.sign_order(&both))),
        ["same_person"]
    );
    // Asked for through the gateway, as two desks do it.
    let wanted = Order {
        id: OrderId(3),
        ..alone
    };
    let ask = Request::CountersignRequest(Box::new(wanted.clone()), Vec::new());
    let asked = acted(&desk, 101, (&staff.boris, "boris", "one"), ask.clone());
    desk.gateway
        .request(ask, LINK, desk.now)
        .expect_err("nobody has signed it");
    desk.gateway
        .request(asked, LINK, desk.now)
        .expect("it is passed on");
    let seen = |desk: &Desk| -> Vec<Countersign> {
        let items = desk.gateway.snapshot(Topic::Order);
        let asked = |item| match item {
            Item::Countersign(asked) => Some(*asked),
            _ => None,
        };
        items.into_iter().filter_map(asked).collect()
    };
    assert_eq!(seen(&desk)[0].agreement, Agreement::Asked);
    let agreed = Order {
        countersigned_by: Some("anna".into()),
        countersigned_desk: Some("two".into()),
        ..wanted
    };
    let signature = staff.anna.countersign(&agreed);
    // With a signature under it, but no word of hers at this gateway.
    let unheard = staff.boris.sign_order(&Order {
        id: OrderId(4),
        ..agreed.clone()
    });
    let unheard = Order {
        countersignature: Some(staff.anna.countersign(&unheard)),
        ..unheard
    };
    assert_eq!(codes(&desk.send(unheard)), ["two_persons"]);
    let answer = |desk: &Desk, id: u128, key: &Key, by: &str, at: &str| {
        let answer = Request::CountersignAnswer {
            id: OrderId(3),
            by: by.into(),
            agree: true,
            why: "".into(),
            signature: Some(Arc::clone(&signature)),
            order: None,
        };
        acted(desk, id, (key, by, at), answer)
    };
    let now = desk.now;
    for (id, key, by, at, link, what) in [
        (111, &staff.boris, "boris", "two", OTHER, "himself"),
        (
            112,
            &staff.stranger,
            "stranger",
            "two",
            OTHER,
            "nobody here",
        ),
        (113, &staff.anna, "anna", "one", OTHER, "at the same desk"),
        (114, &staff.anna, "anna", "two", LINK, "over the same link"),
    ] {
        let word = answer(&desk, id, key, by, at);
        desk.gateway.request(word, link, now).expect_err(what);
    }
    let word = answer(&desk, 115, &staff.anna, "anna", "two");
    for what in ["she agrees", "the same word again"] {
        let said = desk.gateway.request(word.clone(), OTHER, now);
        said.expect(what);
    }
    assert!(matches!(&seen(&desk)[0].agreement, Agreement::Agreed { by, .. } if &**by == "anna"));
    let twice = answer(&desk, 116, &staff.anna, "anna", "two");
    desk.gateway
        .request(twice, OTHER, now)
        .expect_err("it is answered");
    let signed = staff.boris.sign_order(&Order {
        countersignature: Some(signature),
        ..agreed
    });
    assert_ne!(desk.send(signed).phase, Phase::Rejected);
}

/// Nobody fills the place of what was agreed to for all the others.
#[test]
fn each_person_has_a_share_of_the_agreements_that_wait() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let [anna, boris, vera] = ["anna", "boris", "vera"].map(|name| make(folder.path(), name));
    let entry = |(name, key): (&str, &Key)| {
        let key = key.public();
        format!("[[operator]]\nname = \"{name}\"\nrank = \"dispatcher\"\nkey = \"{key}\"\n")
    };
    let all = [("anna", &anna), ("boris", &boris), ("vera", &vera)].map(entry);
    let text = format!("two_persons_above_mw = 1\n{}", all.concat());
    let mut desk = Desk::open(SimulatorOptions {
        roll: Some(Arc::new(Roll::parse(&text).expect("a sound roll"))),
        ..SimulatorOptions::at(START)
    });
    let wanted = shed(&desk, 1, "astravets", 10, "boris");
    let mut agree = |id: u128, key: &Key, by: &str| {
        let wanted = Order {
            id: OrderId(id),
            ..wanted.clone()
        };
        let ask = Request::CountersignRequest(Box::new(wanted.clone()), Vec::new());
        let ask = acted(&desk, 10_000 + id, (&boris, "boris", "one"), ask);
        desk.gateway
            .request(ask, LINK, desk.now)
            .expect("it is passed on");
        let agreed = Order {
            countersigned_by: Some(by.into()),
            countersigned_desk: Some("two".into()),
            ..wanted
        };
        let word = Request::CountersignAnswer {
            id: OrderId(id),
            by: by.into(),
            agree: true,
            why: "".into(),
            signature: Some(key.countersign(&agreed)),
            order: None,
        };
        let word = acted(&desk, 20_000 + id, (key, by, "two"), word);
        desk.gateway.request(word, OTHER, desk.now).map(drop)
    };
    let full = (1..=1_025).find_map(|id| agree(id, &anna, "anna").err());
    assert_eq!(full.expect("there is an end").code, "busy");
    agree(2_000, &vera, "vera").expect("hers is another share");
}

#[test]
fn a_request_is_called_back_and_can_not_be_answered_then() {
    let staff = staff();
    let mut desk = desk(&staff);
    let wanted = shed(&desk, 3, "astravets", 200, "boris");
    let ask = Request::CountersignRequest(Box::new(wanted.clone()), Vec::new());
    let ask = acted(&desk, 101, (&staff.boris, "boris", "one"), ask);
    let now = desk.now;
    desk.gateway
        .request(ask, LINK, now)
        .expect("it is passed on");
    let back = |desk: &Desk, id, who| acted(desk, id, who, Request::OrderCancel(OrderId(3)));
    let anothers = back(&desk, 102, (&staff.anna, "anna", "two"));
    desk.gateway
        .request(anothers, OTHER, now)
        .expect_err("it is not hers");
    let boris = (&staff.boris, "boris", "one");
    let own = back(&desk, 103, boris);
    desk.gateway
        .request(own, LINK, now)
        .expect("it is called back");
    let said = desk.gateway.changes(Topic::Order);
    let last = said.iter().rev().find_map(|item| match item {
        Item::Countersign(asked) => Some(&asked.agreement),
        _ => None,
    });
    assert_eq!(last, Some(&Agreement::Lapsed));
    let agreed = Order {
        countersigned_by: Some("anna".into()),
        countersigned_desk: Some("two".into()),
        ..wanted
    };
    let answer = Request::CountersignAnswer {
        id: OrderId(3),
        by: "anna".into(),
        agree: true,
        why: "".into(),
        signature: Some(staff.anna.countersign(&agreed)),
        order: None,
    };
    let answer = acted(&desk, 104, (&staff.anna, "anna", "two"), answer);
    let late = desk
        .gateway
        .request(answer, OTHER, now)
        .expect_err("too late");
    assert_eq!(late.code, "too_late");
    let again = back(&desk, 105, boris);
    desk.gateway
        .request(again, LINK, now)
        .expect_err("nothing waits any more");
    let limit = desk.gateway.identity().two_persons.shed_above;
    assert_eq!(limit, Some(Power::from_megawatts(150)), "what hello says");
}

#[test]
fn an_emergency_needs_one_person_and_goes_in_steps() {
    let staff = staff();
    let mut desk = desk(&staff);
    let step = Order {
        emergency: true,
        ..shed(&desk, 1, "astravets", 105, "anna")
    };
    assert_ne!(
        desk.send(staff.anna.sign_order(&step)).phase,
        Phase::Rejected
    );
    let large = Order {
        emergency: true,
        ..shed(&desk, 2, "lukoml", 130, "anna")
    };
    assert_eq!(
        codes(&desk.send(staff.anna.sign_order(&large))),
        ["emergency_step"]
    );
}

#[test]
fn a_request_for_a_second_person_lapses() {
    let staff = staff();
    let mut desk = desk(&staff);
    let order = shed(&desk, 1, "astravets", 200, "boris");
    let order = Order {
        expires_at: desk.now + Duration::from_secs(5),
        ..order
    };
    let ask = Request::CountersignRequest(Box::new(order), Vec::new());
    let ask = acted(&desk, 101, (&staff.boris, "boris", "one"), ask);
    desk.gateway
        .request(ask, LINK, desk.now)
        .expect("it is passed on");
    desk.wait(6.0);
    let lapsed = desk.gateway.snapshot(Topic::Order).into_iter().any(
        |item| matches!(item, Item::Countersign(asked) if asked.agreement == Agreement::Lapsed),
    );
    assert!(lapsed);
}

#[test]
fn authority_changes_hands_by_signed_deeds_and_old_orders_are_refused() {
    let staff = staff();
    let mut desk = desk(&staff);
    let deed = |desk: &Desk, id: u128, act: Act, by: &str| Deed {
        id: OrderId(id),
        site: SiteId::new("astravets"),
        act,
        epoch: desk.site("astravets").authority.epoch,
        by: by.into(),
        reason: "shift".into(),
        at: desk.now,
        gateway: Some(GatewayId::new(GATEWAY)),
        desk: Some("one".into()),
        signature: None,
    };
    let done = |desk: &mut Desk, deed: Deed| {
        let now = desk.now;
        desk.gateway
            .request(Request::Deed(Box::new(deed)), LINK, now)
            .map_err(|r| r.message)
    };
    let bare = deed(&desk, 1, Act::Request, "anna");
    done(&mut desk, bare.clone()).expect_err("unsigned");
    let old = Deed {
        at: desk.now.shifted(-600_000),
        ..bare.clone()
    };
    done(&mut desk, staff.anna.sign_deed(&old)).expect_err("kept back for ten minutes");
    done(&mut desk, staff.anna.sign_deed(&bare)).expect("nobody holds it");
    assert_eq!(
        desk.site("astravets").authority.holder.as_deref(),
        Some("anna")
    );
    // Signed by Boris before he saw the change of hands.
    let stale = Order {
        targets: shed(&desk, 9, "astravets", 10, "boris")
            .targets
            .into_iter()
            .map(|target| baseload::domain::order::OrderTarget { epoch: 0, ..target })
            .collect(),
        ..shed(&desk, 9, "astravets", 10, "boris")
    };
    assert_eq!(
        codes(&desk.send(staff.boris.sign_order(&stale))),
        ["authority", "old_epoch"]
    );
    let request = deed(&desk, 2, Act::Request, "boris");
    done(&mut desk, staff.boris.sign_deed(&request)).expect_err("it is Anna's");
    let take = deed(&desk, 3, Act::Take, "boris");
    done(&mut desk, staff.boris.sign_deed(&take)).expect("a dispatcher takes it");
    done(&mut desk, staff.boris.sign_deed(&take)).expect("the same deed again gets its answer");
    assert_eq!(desk.site("astravets").authority.epoch, 2);
    let block = desk.blocks()[0].id.clone();
    let tag = Act::TagSet {
        block: BlockId::new(block.as_str()),
        kind: "maintenance".into(),
    };
    let hang = deed(&desk, 4, tag, "boris");
    done(&mut desk, staff.boris.sign_deed(&hang)).expect("hung");
    let tagged = desk.block("astravets", block.as_str());
    assert!(tagged.lockout().is_some_and(|tag| &*tag.owner == "boris"));
}

#[test]
fn a_roll_that_can_not_be_read_whole_is_refused_with_its_line() {
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let entry = |name: &str, rank: &str, key: &str| {
        format!("[[operator]]\nname = \"{name}\"\nrank = \"{rank}\"\nkey = \"{key}\"\n")
    };
    assert!(Roll::parse(&entry("a", "operator", key)).is_ok());
    for (text, part) in [
        (entry("a", "king", key), "line 3: a rank is"),
        (entry("a", "operator", "00"), "line 4: a key is"),
        (entry("a", "operator", &"00".repeat(32)), "line 4: a key is"),
        (entry("", "operator", key), "line 2: a name is"),
        (
            entry("a", "operator", key) + &entry("a", "viewer", key),
            "a stands here twice",
        ),
        (
            entry("a", "operator", key) + "limit = 3\n",
            "line 5: unknown field",
        ),
        ("x = [".to_owned(), "line 1"),
    ] {
        let error = Roll::parse(&text).expect_err(&text).to_string();
        assert!(error.contains(part), "{error} lacks {part}");
    }
}

#[test]
fn a_key_file_is_its_owners_alone_and_opens_only_with_its_passphrase() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        path
    };
    let (right, wrong) = (
        file("right", "correct horse\n"),
        file("wrong", "wrong horse\n"),
    );
    let out = folder.path().join("key");
    let new = |passphrase: Option<&PathBuf>| {
        run(&OperatorAction::New {
            name: "anna".into(),
            out: out.clone(),
            rank: "operator".into(),
            passphrase_file: passphrase.cloned(),
        })
    };
    new(Some(&right)).expect("a new key");
    new(None).expect_err("never written over");
    let mode = fs::metadata(&out).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = fs::read_to_string(&out).expect("readable");
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let opened = |passphrase: Option<&PathBuf>| {
        Key::read(&out, passphrase.map(PathBuf::as_path))
            .map(|key| key.public())
            .map_err(|e| e.to_string())
    };
    assert_eq!(opened(Some(&right)).expect("opens").len(), 64);
    assert!(
        opened(Some(&wrong))
            .expect_err("stays shut")
            .contains("passphrase")
    );
    assert!(
        opened(None)
            .expect_err("is encrypted")
            .contains("encrypted")
    );
    fs::set_permissions(&out, fs::Permissions::from_mode(0o644)).expect("set");
    assert!(
        opened(Some(&right))
            .expect_err("open to others")
            .contains("chmod 600")
    );
}
