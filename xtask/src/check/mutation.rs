//! Changes one thing of a contract at a time, and asks of each change whether it is noticed.

use std::thread;

use contract_codegen::grammar::Grammar;
use contract_codegen::mutate::{self, Mutant};
use contract_codegen::{GeneratedFile, Language, Source};
use serde_json::Value;

/// How code is generated of a changed contract.
pub(super) struct Regeneration<'a> {
    /// The code, unless the contract is refused.
    pub(super) generate: &'a (dyn Fn(&Value) -> Option<Vec<GeneratedFile>> + Sync),
    /// For how many of the mutants; 0 for all of them.
    pub(super) count: usize,
}

/// Prints what became of the mutants of a contract. `survivors` names those that the derived documents do not notice.
/// Gives a line for each mutant that nothing notices.
pub(super) fn prove(
    name: &str,
    source: &Source,
    language: Language,
    survivors: impl Fn(&[Mutant]) -> Vec<String>,
    regeneration: &Regeneration<'_>,
) -> Vec<String> {
    let mutants = mutate::mutants(source.root(), Grammar::of(source, language));
    let (same, different): (Vec<&Mutant>, Vec<&Mutant>) =
        mutants.iter().partition(|mutant| mutant.says_the_same.is_some());
    let survivors = survivors(&mutants);
    let mut lines: Vec<String> = survivors
        .iter()
        .map(|mutant| format!("{name}: nothing derived shows {mutant}"))
        .collect();
    println!(
        "{name}: {} mutants; {} say the same; of {} others the derived documents show all but {}",
        mutants.len(),
        same.len(),
        different.len(),
        lines.len()
    );
    let drawn = drawn(&different, regeneration.count);
    let (refused, unchanged) = regenerate(source.root(), &drawn, regeneration);
    println!(
        "{name}: of {} mutants that were generated {refused} are refused, {} change the code and {} do not",
        drawn.len(),
        drawn.len() - refused - unchanged.len(),
        unchanged.len()
    );
    lines.extend(
        unchanged
            .iter()
            .map(|mutant| format!("{name}: no generated code changes with {mutant}")),
    );
    lines.sort();
    lines
}

/// So many mutants, evenly drawn.
fn drawn<'a>(mutants: &[&'a Mutant], count: usize) -> Vec<&'a Mutant> {
    match count {
        0 => mutants.to_vec(),
        _ => mutants
            .iter()
            .step_by(mutants.len().div_ceil(count).max(1))
            .copied()
            .collect(),
    }
}

/// How many mutants are refused, and those of which the same code is generated as of the contract.
fn regenerate<'a>(
    contract: &Value,
    mutants: &[&'a Mutant],
    regeneration: &Regeneration<'_>,
) -> (usize, Vec<&'a Mutant>) {
    let plain = (regeneration.generate)(contract);
    let share = mutants
        .len()
        .div_ceil(thread::available_parallelism().map_or(1, usize::from))
        .max(1);
    let judge = |mutants: &[&'a Mutant]| {
        let mut judged = (0, Vec::new());
        for mutant in mutants {
            match (regeneration.generate)(&mutant.apply(contract)) {
                None => judged.0 += 1,
                changed if changed == plain => judged.1.push(*mutant),
                Some(_) => {}
            }
        }
        judged
    };
    thread::scope(|scope| {
        let workers: Vec<_> = mutants
            .chunks(share)
            .map(|mutants| scope.spawn(move || judge(mutants)))
            .collect();
        let mut all = (0, Vec::new());
        for worker in workers {
            if let Ok((refused, unchanged)) = worker.join() {
                all.0 += refused;
                all.1.extend(unchanged);
            }
        }
        all
    })
}
