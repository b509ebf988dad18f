//! tau-engine beside ours: rules that peers/tau_rules.py wrote, over events in memory. Makes one pass for every word on
//! standard input and answers `word events cpu_ns wall_ns`, as parse_floor.cc does:
//!
//!     parse    every line to a serde_json Value, nothing asked of it
//!     match    the same, and every rule asked of it
//!     counts   no pass: matches by rule of the last one, as JSON
//!
//! As the authors advise: release build, rules loaded and optimised once, with all optimisations.
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

use tau_engine::core::optimiser::Optimisations;
use tau_engine::Rule;

struct Named {
    id: String,
    rule: Rule,
}

fn cpu_ns() -> i128 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as i128 * 1_000_000_000 + now.tv_nsec as i128
}

fn load(path: &str) -> Vec<Named> {
    let text = std::fs::read_to_string(path).expect("the rules cannot be read");
    let mut rules = vec![];
    for line in text.lines() {
        let document: serde_json::Value = serde_json::from_str(line).expect("a rule is no JSON");
        let id = document["id"].as_str().expect("a rule without an id").to_string();
        match Rule::from_str(&document["rule"].to_string()) {
            Ok(rule) => rules.push(Named { id, rule: rule.optimise(Optimisations::default()) }),
            Err(error) => eprintln!("refused\t{id}\t{error:?}"),
        }
    }
    rules
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() != 3 {
        eprintln!("usage: tau-runner RULES.ndjson EVENTS.ndjson");
        std::process::exit(2);
    }
    let rules = load(&arguments[1]);
    let events = std::fs::read(&arguments[2]).expect("the events cannot be read");
    let mut counts = vec![0u64; rules.len()];
    println!("tau-engine 1.16 {} rules", rules.len());
    for word in std::io::stdin().lock().lines().map_while(Result::ok) {
        let (begin, cpu_begin) = (Instant::now(), cpu_ns());
        let mut num_events: i64 = 0;
        match word.as_str() {
            "parse" => {
                for line in events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    let event: serde_json::Value = serde_json::from_slice(line).expect("an event is no JSON");
                    black_box(&event);
                    num_events += 1;
                }
            }
            "match" => {
                counts.fill(0);
                for line in events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    let event: serde_json::Value = serde_json::from_slice(line).expect("an event is no JSON");
                    for (count, named) in counts.iter_mut().zip(&rules) {
                        *count += u64::from(named.rule.matches(&event));
                    }
                    num_events += 1;
                }
            }
            "counts" => {
                let by_rule: BTreeMap<&str, u64> = rules.iter().zip(&counts).map(|(named, count)| (named.id.as_str(), *count)).collect();
                println!("{}", serde_json::to_string(&by_rule).unwrap());
                continue;
            }
            _ => num_events = -1,
        }
        println!("{word} {num_events} {} {}", cpu_ns() - cpu_begin, begin.elapsed().as_nanos());
        std::io::stdout().flush().unwrap();
    }
}
