//! explore
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let model = freehold_model::read(&path, &text).unwrap_or_else(|m| { eprintln!("{m:#?}"); panic!() });
    let t = std::time::Instant::now();
    let samples = freehold_scaffold::samples::Samples::of(&model);
    for v in &model.values {
        println!("value {}", v.name);
        for n in 1..4 { println!("  {:?}", samples.value(&v.name, n).map(|s| s.to_json().to_string())); }
        for r in samples.refused_values(&v.name) { println!("  refused {:?} {:?} {}", r.path, r.reason, r.sample.to_json()); }
    }
    for a in &model.aggregates {
        let t = std::time::Instant::now();
        let cases = samples.cases(&a.name);
        println!("cases took {:?}", t.elapsed());
        for c in cases {
            println!("=== {}", c.command);
            let show = |k: &freehold_scaffold::samples::Case| {
                for h in &k.history { println!("      given {} {}", h.event, serde_json::Value::Object(freehold_scaffold::samples::object(&h.fields))); }
                println!("      when {}", serde_json::Value::Object(freehold_scaffold::samples::object(&k.command)));
                for h in &k.produced { println!("      then {} {}", h.event, serde_json::Value::Object(freehold_scaffold::samples::object(&h.fields))); }
            };
            if let Some(k) = &c.accepted { println!("  accepted"); show(k); }
            for (n, k) in &c.rejections { println!("  rejected {n}"); if let Some(k) = k { show(k) } else { println!("      ---"); } }
            for w in &c.wrong_state { println!("  wrong state {} ({} events)", w.state, w.case.history.len()); }
            for s in &c.skipped { println!("  SKIPPED {s:?}"); }
        }
        let t = std::time::Instant::now();
        for c in &a.commands {
            println!("drive {}: {:?}", c.name, samples.drive(&a.name, &c.name, 1).map(|d| d.steps.iter().map(|s| format!("{} {}", s.command, serde_json::Value::Object(freehold_scaffold::samples::object(&s.fields)))).collect::<Vec<_>>()));
        }
        println!("drives took {:?}", t.elapsed());
        for u in &a.unique { println!("unique {:?} {:?}", u.fields, samples.unique(&a.name, &u.fields).is_some()); }
        for c in &a.commands { for r in samples.refused_commands(&a.name, &c.name) { println!("{} refuses {:?} {:?} {}", c.name, r.path, r.reason, serde_json::Value::Object(freehold_scaffold::samples::object(&r.fields))); } }
    }
    println!("all took {:?}", t.elapsed());
}
