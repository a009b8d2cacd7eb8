//! What the catalogue shows as verified is of the code that is generated today.

mod support;

use hexapla::catalogue::record;
use hexapla::ops::library;
use support::cases;

#[test]
fn the_record_is_of_todays_code() {
    let mut stale: Vec<&str> = Vec::new();
    for name in library::names() {
        let recorded = record().get(*name);
        for column in &support::columns().frameworks {
            // What can't be written can't be verified.
            let Ok(code) = cases::fingerprint(name, column) else { continue };
            let found = recorded.and_then(|columns| columns.get(&column.id));
            if found.is_none_or(|found| found.code != code) && stale.last() != Some(name) {
                stale.push(name);
            }
        }
    }
    assert!(stale.is_empty(), "verify these anew: cargo xtask frameworks record {}", stale.join(" "));
}
