//! Writes the page of an incident that was made up by hand, to look at:
//! `cargo run -p knockon-report --example incident_page PAGE.html`.

#[path = "../tests/it/sample.rs"]
mod sample;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "incident.html".to_owned());
    let system = sample::pack("sock-shop");
    std::fs::write(path, knockon_report::incident_html(&sample::slow_disk(&system)))
}
