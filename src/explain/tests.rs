use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRng};

use super::*;

/// What a random fault shuts.
#[derive(Clone, Debug)]
struct Plant {
    sources: Vec<usize>,
    targets: Vec<usize>,
    whats: Vec<usize>,
    both_ways: bool,
}

/// A full mesh in which only what was planted fails.
fn mesh(machines: usize, whats: usize, plants: &[Plant], mute: &BTreeSet<usize>) -> Cells {
    let mut cells = Cells::new(machines, machines, whats);
    let is_planted = |source, target, what| {
        plants.iter().any(|plant| {
            let shuts = |near, far| plant.sources.contains(near) && plant.targets.contains(far);
            plant.whats.contains(&what)
                && (shuts(&source, &target) || plant.both_ways && shuts(&target, &source))
        })
    };
    for source in (0..machines).filter(|source| !mute.contains(source)) {
        for target in (0..machines).filter(|target| *target != source) {
            for what in 0..whats {
                if is_planted(source, target, what) {
                    cells.fail(source, target, what);
                } else {
                    cells.pass(source, target, what);
                }
            }
        }
    }
    cells
}

/// A mesh with so many faults of the seven kinds that networks have.
fn planted(rng: &mut TestRng, machines: usize, faults: usize, whats: usize) -> Cells {
    let mut mute = BTreeSet::new();
    let plants: Vec<Plant> = (0..faults)
        .map(|_| plant(rng, machines, whats, &mut mute))
        .collect();
    mesh(machines, whats, &plants, &mute)
}

fn below(rng: &mut TestRng, limit: usize) -> usize {
    usize::try_from(rng.next_u64() % u64::try_from(limit).unwrap()).unwrap()
}

fn plant(rng: &mut TestRng, machines: usize, whats: usize, mute: &mut BTreeSet<usize>) -> Plant {
    let all: Vec<usize> = (0..machines).collect();
    let one = below(rng, machines);
    let racks: Vec<Vec<usize>> = all.chunks(10).map(<[usize]>::to_vec).collect();
    let near = below(rng, racks.len());
    let far = (near + 1 + below(rng, racks.len() - 1)) % racks.len();
    let other = (one + 1 + below(rng, machines - 1)) % machines;
    let count = [1, 1, 2.min(whats), whats][below(rng, 4)];
    let mut some = BTreeSet::new();
    while some.len() < count {
        some.insert(below(rng, whats));
    }
    let some: Vec<usize> = some.into_iter().collect();
    let plant = |sources: &[usize], targets: &[usize], both_ways| Plant {
        sources: sources.to_vec(),
        targets: targets.to_vec(),
        whats: some.clone(),
        both_ways,
    };
    match below(rng, 7) {
        0 => plant(&all, &[one], false),
        1 => plant(&[one], &all, false),
        2 => plant(&racks[near], &racks[far], false),
        3 => plant(&racks[near], &racks[far], true),
        4 => plant(&[one], &[other], true),
        5 => {
            mute.insert(one);
            Plant {
                whats: (0..whats).collect(),
                ..plant(&all, &[one], false)
            }
        }
        _ => plant(&all, &all, false),
    }
}

/// That every failing cell is held, and no passing one.
fn assert_exact(cells: &Cells, cover: &Cover) {
    for what in 0..cells.whats() {
        for source in 0..cells.sources() {
            for target in 0..cells.targets() {
                let held = cover.blocks.iter().any(|it| it.holds(source, target, what));
                let place = (source, target, what);
                assert!(
                    held || !cells.fails(source, target, what),
                    "{place:?} is left"
                );
                assert!(
                    !held || !cells.passes(source, target, what),
                    "{place:?} passes"
                );
            }
        }
    }
}

/// The fewest blocks by trying all: every subset of sources and of targets, all whats that fit.
fn by_brute_force(cells: &Cells) -> usize {
    let failing: Vec<_> = cells.failing().collect();
    let mut held: BTreeSet<u128> = BTreeSet::new();
    for sources in 1..1_usize << cells.sources() {
        for targets in 1..1_usize << cells.targets() {
            let side = |bits: usize, length| {
                Bits::of(length, (0..length).filter(|it| bits >> it & 1 == 1))
            };
            let (near, far) = (
                side(sources, cells.targets()),
                side(targets, cells.targets()),
            );
            let shut = |near: &Bits, far: &Bits| {
                Bits::of(
                    cells.whats(),
                    (0..cells.whats()).filter(|what| cells.is_shut(near, far, *what)),
                )
            };
            let whats = shut(&near, &far);
            let mirrored = shut(&far, &near);
            // Of what fails both ways, both are held; else only the one.
            for (both_ways, whats) in [
                (false, whats.clone()),
                (
                    true,
                    Bits::of(cells.whats(), whats.iter().filter(|it| mirrored.has(*it))),
                ),
            ] {
                let block = Block {
                    sources: near.clone(),
                    targets: far.clone(),
                    whats,
                    both_ways,
                };
                let holds = |at: usize| {
                    block.holds(failing[at].source, failing[at].target, failing[at].what)
                };
                held.insert(
                    (0..failing.len())
                        .filter(|at| holds(*at))
                        .fold(0, |bits, at| bits | 1 << at),
                );
            }
        }
    }
    let all = (0..failing.len()).fold(0, |bits, at| bits | 1 << at);
    let maximal: Vec<u128> = held
        .iter()
        .copied()
        .filter(|own| *own != 0 && !held.iter().any(|it| it != own && own & !it == 0))
        .collect();
    (0..=failing.len())
        .find(|count| holds_all(&maximal, all, *count))
        .unwrap()
}

fn holds_all(blocks: &[u128], left: u128, count: usize) -> bool {
    let Some(cell) = (left != 0).then(|| left.trailing_zeros()) else {
        return true;
    };
    count > 0
        && blocks
            .iter()
            .filter(|block| *block >> cell & 1 == 1)
            .any(|block| holds_all(blocks, left & !block, count - 1))
}

fn rng(seed: u8) -> TestRng {
    TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &[seed; 32])
}

#[test]
fn faults_of_a_network_need_no_more_statements_than_there_are_faults() {
    let (mut more, mut proved) = (0, 0);
    for seed in 0..12 {
        let cells = planted(&mut rng(seed), 40, 4, 6);
        let cover = cover(&cells);
        assert_exact(&cells, &cover);
        more += usize::from(cover.blocks.len() > 4);
        proved += usize::from(cover.fewest);
    }
    assert!(
        more == 0 && proved == 12,
        "{more} with more, {proved} proved"
    );
}

/// A mesh of up to five machines and two whats, where anything may be the case.
fn small() -> impl Strategy<Value = Cells> {
    let size = (2_usize..=5, 1_usize..=2, 1_u32..10);
    size.prop_flat_map(|(machines, whats, failing)| {
        let state = prop_oneof![
            failing => Just(State::Fails),
            6 => Just(State::Passes),
            1 => Just(State::Unknown),
        ];
        let states = prop::collection::vec(state, machines * machines * whats);
        states.prop_map(move |states| of_states(machines, whats, &states))
    })
}

#[derive(Clone, Copy, Debug)]
enum State {
    Fails,
    Passes,
    Unknown,
}

fn of_states(machines: usize, whats: usize, states: &[State]) -> Cells {
    let mut cells = Cells::new(machines, machines, whats);
    for (at, state) in states.iter().enumerate() {
        let (what, pair) = (at % whats, at / whats);
        let (source, target) = (pair / machines, pair % machines);
        match state {
            _ if source == target => {}
            State::Fails => cells.fail(source, target, what),
            State::Passes => cells.pass(source, target, what),
            State::Unknown => {}
        }
    }
    cells
}

/// The same matrix with each machine and each what under another number, and perhaps with sources
/// and targets exchanged.
fn renamed(cells: &Cells, machines: &[usize], whats: &[usize], transposed: bool) -> Cells {
    let mut other = Cells::new(cells.sources(), cells.targets(), cells.whats());
    for (what, renamed) in whats.iter().enumerate() {
        for source in 0..cells.sources() {
            for target in 0..cells.targets() {
                let (near, far) = (machines[source], machines[target]);
                let (near, far) = if transposed { (far, near) } else { (near, far) };
                if cells.fails(source, target, what) {
                    other.fail(near, far, *renamed);
                } else if cells.passes(source, target, what) {
                    other.pass(near, far, *renamed);
                }
            }
        }
    }
    other
}

fn shuffled(length: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..length).collect::<Vec<usize>>()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_smaller_choice_exists_of_all_boxes(cells in small()) {
        let cover = cover(&cells);
        assert_exact(&cells, &cover);
        prop_assert_eq!(cover.blocks.len(), by_brute_force(&cells));
    }

    #[test]
    fn what_is_told_as_the_fewest_is(cells in small()) {
        let cover = cover(&cells);
        prop_assert!(!cover.fewest || cover.blocks.len() == by_brute_force(&cells));
    }

    #[test]
    fn names_and_directions_change_nothing(
        cells in small(), machines in shuffled(5), whats in shuffled(2), transposed: bool,
    ) {
        let keep = |order: &[usize], length| {
            order.iter().copied().filter(|it| *it < length).collect::<Vec<usize>>()
        };
        let machines = keep(&machines, cells.sources());
        let whats = keep(&whats, cells.whats());
        let other = renamed(&cells, &machines, &whats, transposed);
        prop_assert_eq!(cover(&cells).blocks.len(), cover(&other).blocks.len());
    }

    #[test]
    fn a_pass_that_is_not_known_never_needs_more(cells in small(), at in 0_usize..50) {
        let (what, pair) = (at % 2, at / 2);
        let (source, target) = (pair / 5, pair % 5);
        let mut less = Cells::new(cells.sources(), cells.targets(), cells.whats());
        for own in 0..cells.whats() {
            for near in 0..cells.sources() {
                for far in 0..cells.targets() {
                    let is_forgotten = (near, far, own) == (source, target, what);
                    if cells.fails(near, far, own) {
                        less.fail(near, far, own);
                    } else if cells.passes(near, far, own) && !is_forgotten {
                        less.pass(near, far, own);
                    }
                }
            }
        }
        prop_assert!(cover(&less).blocks.len() <= cover(&cells).blocks.len());
    }
}

#[test]
fn a_hundred_machines_are_told_as_briefly_from_either_side() {
    for seed in 0..2 {
        let cells = planted(&mut rng(seed), 100, 6, 5);
        let machines: Vec<usize> = (0..100).map(|it| (it * 37 + 11) % 100).collect();
        let whats: Vec<usize> = (0..5).map(|it| (it * 2 + 1) % 5).collect();
        let transposed = cover(&renamed(&cells, &machines, &whats, true))
            .blocks
            .len();
        let straight = cover(&cells).blocks.len();
        assert!(
            straight <= 6 && transposed == straight,
            "{seed}: {straight}, {transposed}"
        );
    }
}

/// One machine, hosts of which some fail in some whats.
fn from_here(hosts: usize, whats: usize, failing: impl Fn(usize, usize) -> bool) -> Cells {
    let mut cells = Cells::new(1, hosts + 1, whats);
    for host in 0..hosts {
        for what in 0..whats {
            if failing(host, what) {
                cells.fail(0, host + 1, what);
            } else {
                cells.pass(0, host + 1, what);
            }
        }
    }
    cells
}

#[test]
fn thousands_of_ports_that_fail_alike_are_one_statement() {
    let cells = from_here(3, 12_646, |_, what| what > 1);
    let cover = cover(&cells);
    let block = Block {
        sources: Bits::of(1, [0]),
        targets: Bits::of(4, 1..4),
        whats: Bits::of(12_646, 2..12_646),
        both_ways: false,
    };
    let told = Cover {
        blocks: vec![block],
        fewest: true,
    };
    assert_eq!(cover, told);
}

#[test]
fn a_host_that_is_down_and_a_port_that_is_shut_are_two() {
    let cells = from_here(5, 4, |host, what| host == 2 || what == 1);
    let cover = cover(&cells);
    let told: Vec<(Vec<usize>, Vec<usize>)> = cover
        .blocks
        .iter()
        .map(|it| (it.targets.iter().collect(), it.whats.iter().collect()))
        .collect();
    let port = (vec![1, 2, 3, 4, 5], vec![1]);
    assert_eq!(told, [port, (vec![3], vec![0, 1, 2, 3])]);
    assert!(cover.fewest);
}

#[test]
fn nothing_that_fails_needs_no_statement() {
    let told = Cover {
        blocks: Vec::new(),
        fewest: true,
    };
    assert_eq!(cover(&from_here(3, 3, |_, _| false)), told);
    assert_eq!(cover(&Cells::new(0, 0, 0)), told);
}

#[test]
fn a_wall_between_two_racks_is_one_statement_both_ways() {
    let wall = Plant {
        sources: (0..4).collect(),
        targets: (4..8).collect(),
        whats: vec![0, 1],
        both_ways: true,
    };
    let cells = mesh(12, 2, &[wall], &BTreeSet::new());
    let cover = cover(&cells);
    assert_eq!(cover.blocks.len(), 1);
    assert!(cover.blocks[0].both_ways && cover.fewest);
    let connected = connected(&cells);
    assert_eq!((connected.machines.count(), connected.largest), (8, true));
}

#[test]
fn a_machine_that_is_down_is_named_and_all_others_are_all() {
    let down = Plant {
        sources: (0..6).collect(),
        targets: vec![2],
        whats: vec![0, 1, 2],
        both_ways: false,
    };
    let cells = mesh(6, 3, &[down], &BTreeSet::from([2]));
    let cover = cover(&cells);
    let [spans] = &spans::spans(&cells, &cover)[..] else {
        panic!("one statement");
    };
    let all = Bits::all(6);
    let name = |span: &spans::Span| names::name(&span.least, &span.most, &all, &[]);
    assert_eq!(name(&spans.targets), names::Name::One(2));
    assert_eq!(name(&spans.sources), names::Name::All);
}

#[test]
fn names_are_as_short_as_they_may_be() {
    let rack = names::Named {
        name: "rack r2".to_owned(),
        members: Bits::of(10, 3..6),
    };
    let set = |numbers: &[usize]| Bits::of(10, numbers.iter().copied());
    let name = |least: &[usize], most: &[usize]| {
        names::name(
            &set(least),
            &set(most),
            &Bits::all(10),
            std::slice::from_ref(&rack),
        )
    };
    assert_eq!(name(&[4], &[3, 4, 5]), names::Name::One(4));
    assert_eq!(name(&[3, 4], &[3, 4, 5]), names::Name::Set(0));
    assert_eq!(name(&[3, 4], &[3, 4]), names::Name::List(vec![3, 4]));
    let most = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(name(&most, &most), names::Name::AllBut(vec![9]));
}

#[test]
fn who_sees_everybody_is_found_exactly_where_it_can_be() {
    let shut = |one, other| Plant {
        sources: vec![one],
        targets: vec![other],
        whats: vec![0],
        both_ways: false,
    };
    let ring: Vec<Plant> = (0..5).map(|it| shut(it, (it + 1) % 5)).collect();
    let connected = connected(&mesh(7, 1, &ring, &BTreeSet::new()));
    assert_eq!((connected.machines.count(), connected.largest), (4, true));
}

/// Figures, for whoever asks: `cargo test --release --lib explain:: -- --ignored --nocapture`.
#[test]
#[ignore = "measures"]
fn how_long_it_takes() {
    let sizes = [(40, 4, 6), (60, 6, 6), (200, 8, 20), (1_000, 8, 20)];
    for (machines, faults, whats) in sizes {
        let (mut slowest, mut more, mut proved) = (std::time::Duration::ZERO, 0, 0);
        let trials = if machines < 100 { 200 } else { 5 };
        for seed in 0..trials {
            let cells = planted(&mut rng(seed), machines, faults, whats);
            let started = std::time::Instant::now();
            let cover = cover(&cells);
            slowest = slowest.max(started.elapsed());
            more += usize::from(cover.blocks.len() > faults);
            proved += usize::from(cover.fewest);
        }
        eprintln!(
            "{machines} machines, {faults} faults, {whats} whats: {trials} trials, {more} with more, {proved} proved, slowest {slowest:?}"
        );
    }
}
