//! Every time law of the file format, with its survival function from elsewhere.

use statrs::distribution::{ContinuousCDF, Exp, Gamma, LogNormal, Weibull};

/// A time law: how the file says it, and the share left after so many days.
pub struct Law {
    pub name: &'static str,
    pub text: String,
    pub survival: Box<dyn Fn(f64) -> f64 + Send + Sync>,
}

fn law(name: &'static str, text: &str, survival: impl Fn(f64) -> f64 + Send + Sync + 'static) -> Law {
    Law { name, text: text.to_owned(), survival: Box::new(survival) }
}

pub fn exponential(mean: f64) -> Law {
    let d = Exp::new(1.0 / mean).unwrap();
    law("exponential", &format!("{{ law = \"exponential\", mean = {mean} }}"), move |t| d.sf(t))
}

pub fn gamma(shape: f64, mean: f64) -> Law {
    let d = Gamma::new(shape, shape / mean).unwrap();
    law("gamma", &format!("{{ law = \"gamma\", shape = {shape}, mean = {mean} }}"), move |t| d.sf(t))
}

pub fn weibull(shape: f64, scale: f64) -> Law {
    let d = Weibull::new(shape, scale).unwrap();
    law("weibull", &format!("{{ law = \"weibull\", shape = {shape}, scale = {scale} }}"), move |t| d.sf(t))
}

pub fn weibull_by_median(shape: f64, median: f64) -> Law {
    let text = format!("{{ law = \"weibull\", shape = {shape}, median = {median} }}");
    law("weibull by its median", &text, move |t| 0.5_f64.powf((t / median).powf(shape)))
}

pub fn lognormal(median: f64, sigma: f64) -> Law {
    let d = LogNormal::new(median.ln(), sigma).unwrap();
    law("lognormal", &format!("{{ law = \"lognormal\", median = {median}, sigma = {sigma} }}"), move |t| {
        d.sf(t)
    })
}

pub fn fixed(length: f64) -> Law {
    law("fixed", &format!("{{ law = \"fixed\", length = {length} }}"), move |t| {
        f64::from(u8::from(t < length))
    })
}

fn triangular(low: f64, mode: f64, high: f64) -> Law {
    let text = format!("{{ law = \"triangular\", low = {low}, mode = {mode}, high = {high} }}");
    law("triangular", &text, move |t| match t {
        t if t <= low => 1.0,
        t if t <= mode => 1.0 - (t - low).powi(2) / ((high - low) * (mode - low)),
        t if t < high => (high - t).powi(2) / ((high - low) * (high - mode)),
        _ => 0.0,
    })
}

fn quantiles() -> Law {
    let knots = [[0.0, 5.0], [0.25, 20.0], [0.7, 60.0], [1.0, 200.0]];
    law("quantiles", &format!("{{ law = \"quantiles\", points = {knots:?} }}"), move |t| {
        let next = knots.partition_point(|k| k[1] <= t);
        match next {
            0 => 1.0,
            4 => 0.0,
            _ => {
                let ([p, a], [q, b]) = (knots[next - 1], knots[next]);
                1.0 - (p + (q - p) * (t - a) / (b - a))
            }
        }
    })
}

/// For children who are nine when they come, at any age within the year.
fn until_ten() -> Law {
    law("until an age", "{ law = \"until_age\", age = 10 }", |t| (1.0 - t / 365.25).max(0.0))
}

/// One of each.
pub fn all() -> Vec<Law> {
    vec![
        fixed(45.0),
        exponential(60.0),
        gamma(2.5, 80.0),
        weibull(0.8, 70.0),
        weibull_by_median(1.5, 50.0),
        lognormal(40.0, 1.2),
        triangular(10.0, 30.0, 90.0),
        quantiles(),
        until_ten(),
    ]
}
