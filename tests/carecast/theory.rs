//! The engine against theory, in the files below; here the oracle against closed forms, so that what
//! disagrees with it later is not the oracle.

mod drift;
mod exits;
mod laws;
mod opening;
mod opening_laws;
mod opening_tracks;
mod pools;
mod stocks;
mod tracks;

use statrs::distribution::{Exp, Gamma, LogNormal, Weibull};
use statrs::function::gamma::{gamma, gamma_ur};

use crate::oracle::{
    Exit, Expected, Form, Opening, Stage, Survival, WaitingLine, changing_rate, competing_exponentials,
    constant_rate, erlang_b, erlang_c, expected, fixed, integral_to_infinity, mean_time, mg_infinity_mean,
    occupancy_probability, residual_survival, survival,
};

#[track_caller]
fn assert_near(actual: f64, due: f64, tolerance: f64) {
    assert!((actual - due).abs() <= tolerance, "{actual} instead of {due}, more than {tolerance} off");
}

/// Solves with a step and with half of it: their difference is some three times the error that the finer has
/// left, so an answer off by more than half the difference is wrong. A billionth is left to rounding.
#[track_caller]
fn assert_solves<const N: usize>(step: f64, due: [f64; N], solve: impl Fn(f64) -> [f64; N]) {
    let (coarse, fine) = (solve(step), solve(step / 2.0));
    for i in 0..N {
        assert_near(fine[i], due[i], (coarse[i] - fine[i]).abs() / 2.0 + 1e-9 * due[i].abs().max(1.0));
    }
}

fn exponential(rate: f64) -> Survival {
    survival(Exp::new(rate).unwrap())
}

fn weibull(shape: f64, scale: f64) -> Survival {
    survival(Weibull::new(shape, scale).unwrap())
}

fn gamma_law(shape: f64, scale: f64) -> Survival {
    survival(Gamma::new(shape, 1.0 / scale).unwrap())
}

fn lognormal(median: f64, sigma: f64) -> Survival {
    survival(LogNormal::new(median.ln(), sigma).unwrap())
}

/// A stage with a single exit.
fn line(to: Option<usize>, time: Survival, rate: f64, opening: f64) -> Stage {
    Stage {
        form: Form::Race,
        exits: vec![Exit { to, time }],
        arrivals: constant_rate(rate),
        opening: Opening::Fresh(opening),
    }
}

#[test]
fn integrals_to_infinity_match_the_means_of_laws() {
    assert_near(mean_time(exponential(0.01)), 100.0, 1e-8);
    assert_near(mean_time(weibull(0.8, 700.0)), 700.0 * gamma(1.0 + 1.0 / 0.8), 1e-6);
    assert_near(mean_time(gamma_law(2.0, 2200.0)), 4400.0, 1e-5);
    assert_near(mean_time(lognormal(2100.0, 1.5)) / (2100.0 * (1.5_f64.powi(2) / 2.0).exp()), 1.0, 1e-8);
    assert_near(integral_to_infinity(|x| (-x).exp(), 3.0), (-3.0_f64).exp(), 1e-12);
}

#[test]
fn time_left_of_a_running_spell_follows_the_stationary_law() {
    for t in [0.0, 1.0, 50.0, 400.0, 3000.0] {
        assert_near(residual_survival(exponential(0.004), t), (-0.004 * t).exp(), 1e-9);
        let by_gamma = gamma_ur(1.0 / 0.8, (t / 480.0_f64).powf(0.8).max(1e-300));
        assert_near(residual_survival(weibull(0.8, 480.0), t), by_gamma, 1e-8);
    }
}

#[test]
fn occupancy_without_limit_is_poisson() {
    assert_near(mg_infinity_mean(3.0, exponential(0.5), 4.0), 6.0 * (1.0 - (-2.0_f64).exp()), 1e-9);
    assert_near(mg_infinity_mean(2.0, gamma_law(4.0, 8.0), 1e4), 64.0, 1e-6);
    assert_near(occupancy_probability(2.0, 3), 8.0 / 6.0 * (-2.0_f64).exp(), 1e-14);
    assert_near((0..200).map(|n| occupancy_probability(64.0, n)).sum(), 1.0, 1e-12);
}

#[test]
fn refusal_and_waiting_follow_erlang() {
    // B(1, 2) = (1/2) / (1 + 1 + 1/2).
    assert_near(erlang_b(1.0, 2), 0.2, 1e-15);
    assert_near(erlang_b(10.0, 10), 0.214_582_343_105, 1e-11);
    // A single server makes those wait who find it busy; of two at load 1, C = 2B / (2 - (1 - B)) = 1/3.
    assert_near(erlang_c(0.7, 1), 0.7, 1e-15);
    assert_near(erlang_c(1.0, 2), 1.0 / 3.0, 1e-15);
    let single = WaitingLine { rate: 0.7, service: 1.0, servers: 1 };
    assert_near(single.mean_wait(), 0.7 / 0.3, 1e-12);
    assert_near(single.mean_waiting() + single.mean_in_service(), 0.7 / 0.3, 1e-12);
    assert_near(integral_to_infinity(|t| single.wait_survival(t), 0.0), single.mean_wait(), 1e-9);
}

#[test]
fn exponential_exits_win_in_proportion_to_their_rates() {
    let rates = [0.002, 0.003, 0.005];
    let (shares, mean) = competing_exponentials(&rates);
    assert_near(mean, 100.0, 1e-12);
    assert_solves(8.0, [shares[0], shares[1], shares[2], mean], |step| {
        let exits = rates.iter().map(|&rate| Exit { to: None, time: exponential(rate) }).collect();
        let stage =
            Stage { form: Form::Race, exits, arrivals: constant_rate(0.0), opening: Opening::Fresh(1.0) };
        let course = expected(&[stage], step, 4000.0);
        let won = |exit| course.departures(0, exit, 4000.0);
        [won(0), won(1), won(2), course.child_time(0, 0.0, 4000.0)]
    });
}

/// Two exponential stages in a row, the first feeding the second with a share of its children.
fn chain(step: f64) -> Expected {
    let first = Stage {
        form: Form::Lottery(vec![0.3, 0.7]),
        exits: vec![
            Exit { to: Some(1), time: exponential(0.02) },
            Exit { to: None, time: exponential(0.02) },
        ],
        arrivals: constant_rate(5.0),
        opening: Opening::Fresh(0.0),
    };
    expected(&[first, line(None, exponential(0.005), 0.0, 0.0)], step, 512.0)
}

fn chain_by_hand(t: f64) -> (f64, f64) {
    let (fast, slow) = ((-0.02 * t).exp(), (-0.005 * t).exp());
    let first = 5.0 / 0.02 * (1.0 - fast);
    (first, 5.0 * 0.3 * ((1.0 - slow) / 0.005 - (slow - fast) / (0.02 - 0.005)))
}

#[test]
fn solver_meets_an_exponential_chain_to_second_order() {
    for t in [16.0, 64.0, 256.0, 512.0] {
        let (first, second) = chain_by_hand(t);
        assert_solves(2.0, [first, second], |step| [chain(step).stock(0, t), chain(step).stock(1, t)]);
        let error = |step| chain(step).stock(1, t) - second;
        assert_near(error(2.0) / error(1.0), 4.0, 0.1);
    }
    let mean_stock = 250.0 * (1.0 - (1.0 - (-0.02_f64 * 512.0).exp()) / (0.02 * 512.0));
    assert_solves(2.0, [mean_stock], |step| [chain(step).child_time(0, 0.0, 512.0) / 512.0]);
}

#[test]
fn solver_meets_stages_that_feed_each_other() {
    // Children go to and fro between two stages, or leave: linear equations, stepped by Runge and Kutta.
    let stage = |to, across, out, rate, opening| Stage {
        form: Form::Race,
        exits: vec![
            Exit { to: Some(to), time: exponential(across) },
            Exit { to: None, time: exponential(out) },
        ],
        arrivals: constant_rate(rate),
        opening: Opening::Fresh(opening),
    };
    let slope = |[a, b]: [f64; 2]| [3.0 - 0.012 * a + 0.03 * b, 0.01 * a - 0.031 * b];
    let along = |[a, b]: [f64; 2], [da, db]: [f64; 2], h: f64| [a + h * da, b + h * db];
    let mut stock = [40.0, 90.0];
    for _ in 0..400 {
        let k1 = slope(stock);
        let k2 = slope(along(stock, k1, 0.5));
        let k3 = slope(along(stock, k2, 0.5));
        let k4 = slope(along(stock, k3, 1.0));
        let mean = |i: usize| (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]) / 6.0;
        stock = along(stock, [mean(0), mean(1)], 1.0);
    }
    assert_solves(1.0, stock, |step| {
        let stages = [stage(1, 0.01, 0.002, 3.0, 40.0), stage(0, 0.03, 0.001, 0.0, 90.0)];
        let course = expected(&stages, step, 400.0);
        [course.stock(0, 400.0), course.stock(1, 400.0)]
    });
}

#[test]
fn solver_meets_the_renewal_function_of_a_gamma() {
    // A child who starts afresh each time a gamma of shape 2 runs out: M(t) = t/2s - 1/4 + exp(-2t/s)/4.
    let scale = 30.0;
    let renewals = |t: f64| t / (2.0 * scale) - 0.25 + (-2.0 * t / scale).exp() / 4.0;
    assert_solves(2.0, [renewals(10.0), renewals(60.0), renewals(300.0), 1.0], |step| {
        let course = expected(&[line(Some(0), gamma_law(2.0, scale), 0.0, 1.0)], step, 300.0);
        [course.entries(0, 10.0), course.entries(0, 60.0), course.entries(0, 300.0), course.stock(0, 150.0)]
    });
}

#[test]
fn solver_meets_occupancy_without_limit() {
    let month = 365.0 / 12.0;
    let law = || weibull(0.8, 480.0);
    let fed_since = |start: f64| mg_infinity_mean(1.0, law(), 365.0 - start);
    let due = 2.0 * fed_since(0.0) + 3.0 * fed_since(month) - 4.0 * fed_since(2.0 * month);
    assert_solves(month / 8.0, [due], |step| {
        let mut stage = line(None, law(), 0.0, 0.0);
        stage.arrivals = changing_rate(vec![(2.0, month), (5.0, 2.0 * month), (1.0, 365.0)]);
        [expected(&[stage], step, 365.0).stock(0, 365.0)]
    });
}

#[test]
fn solver_places_fixed_times_and_instant_decisions_exactly() {
    // Arrivals decide at once; half stay exactly ten days, and then nobody is left of those.
    let decision = Stage {
        form: Form::Lottery(vec![0.5, 0.5]),
        exits: vec![Exit { to: Some(1), time: fixed(0.0) }, Exit { to: None, time: fixed(0.0) }],
        arrivals: constant_rate(4.0),
        opening: Opening::Fresh(0.0),
    };
    let mut stay = line(None, fixed(10.0), 0.0, 6.0);
    stay.form = Form::Lottery(vec![1.0]);
    let course = expected(&[decision, stay], 0.5, 30.0);
    for (t, due) in [(5.0, 16.0), (9.5, 25.0), (10.0, 20.0), (30.0, 20.0)] {
        assert_near(course.stock(0, t), 0.0, 1e-12);
        assert_near(course.stock(1, t), due, 1e-9);
    }
}

#[test]
fn stationary_openings_stay_as_they_are_while_fed_at_their_own_rate() {
    let exits = || {
        vec![
            Exit { to: None, time: weibull(0.8, 700.0) },
            Exit { to: None, time: lognormal(2100.0, 1.5) },
            Exit { to: None, time: gamma_law(2.0, 2200.0) },
        ]
    };
    let race_mean = mean_time(|t| exits().iter().map(|exit| (exit.time)(t)).product());
    let shares = vec![0.6, 0.3, 0.1];
    let lottery_mean = shares.iter().zip(exits()).map(|(share, exit)| share * mean_time(exit.time)).sum();
    let stay = |form, mean| {
        assert_solves(10.0, [0.3 * mean; 3], |step| {
            let stage = Stage {
                form: Form::clone(&form),
                exits: exits(),
                arrivals: constant_rate(0.3),
                opening: Opening::Stationary(0.3 * mean),
            };
            let course = expected(&[stage], step, 1000.0);
            [10.0, 100.0, 1000.0].map(|t| course.stock(0, t))
        });
    };
    stay(Form::Race, race_mean);
    stay(Form::Lottery(shares), lottery_mean);
}

#[test]
fn steep_starts_cost_less_than_a_whole_order() {
    // A fresh stock of a Weibull with infinite density at nought, handed on to a gamma.
    let solve = |step| {
        let stages =
            [line(Some(1), weibull(0.8, 60.0), 0.0, 100.0), line(None, gamma_law(2.0, 40.0), 0.0, 0.0)];
        expected(&stages, step, 128.0).stock(1, 64.0)
    };
    let (coarse, middle, fine): (f64, f64, f64) = (solve(2.0), solve(1.0), solve(0.5));
    let order = ((coarse - middle) / (middle - fine)).log2();
    assert!(order > 1.7, "halving the step gains only {order} orders");
}
