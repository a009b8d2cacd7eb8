//! What the catalogue and the table of the zoo show as verified is of the code that is generated today.

mod support;

use support::cases;

#[test]
fn the_record_is_of_todays_code() {
    let columns = support::columns();
    let records = cases::FILES.map(|file| (file, cases::recorded(file)));
    let mut stale: Vec<String> = Vec::new();
    for subject in cases::subjects() {
        let (_, record) = records.iter().find(|(file, _)| *file == subject.file).expect("it is one of both");
        for column in &columns.frameworks {
            // What can't be written can't be verified.
            let Ok(code) = cases::fingerprint(&subject, column) else { continue };
            let found = record.get(&subject.name).and_then(|columns| columns.get(&column.id));
            let precision = &column.settings.precision;
            if found.is_none_or(|found| found.code != code || found.precision != *precision)
                && stale.last() != Some(&subject.name)
            {
                stale.push(subject.name.clone());
            }
        }
    }
    assert!(stale.is_empty(), "verify these anew: cargo xtask frameworks record {}", stale.join(" "));
}
