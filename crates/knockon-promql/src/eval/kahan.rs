//! Sums that lose nothing of small values beside large ones
//! (Kahan's summation as improved by Neumaier, <https://en.wikipedia.org/wiki/Kahan_summation_algorithm>).

/// A sum and what rounding left out of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kahan {
    pub(super) sum: f64,
    pub(super) rest: f64,
}

impl Kahan {
    pub(super) fn add(&mut self, value: f64) {
        let total = self.sum + value;
        if total.is_infinite() {
            self.rest = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.rest += (self.sum - total) + value;
        } else {
            self.rest += (value - total) + self.sum;
        }
        self.sum = total;
    }

    pub(super) fn total(self) -> f64 {
        self.sum + self.rest
    }
}

/// A mean: of the sum, as long as that can be told, else going along.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    count: u32,
    sum: Kahan,
    goes_along: bool,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1;
        let count = f64::from(self.count);
        if !self.goes_along {
            let mut sum = self.sum;
            sum.add(value);
            if self.count == 1 || !sum.sum.is_infinite() {
                self.sum = sum;
                return;
            }
            // The sum would be infinite though the mean is not.
            self.goes_along = true;
            self.sum.sum /= count - 1.0;
            self.sum.rest /= count - 1.0;
        }
        let kept = (count - 1.0) / count;
        self.sum = Kahan { sum: self.sum.sum * kept, rest: self.sum.rest * kept };
        self.sum.add(value / count);
    }

    pub(super) fn value(self) -> f64 {
        let count = f64::from(self.count);
        if self.goes_along {
            return self.sum.total();
        }
        self.sum.sum / count + self.sum.rest / count
    }
}

/// The variance of values that come one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Variance {
    count: f64,
    mean: Kahan,
    squares: Kahan,
}

impl Variance {
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let delta = value - self.mean.total();
        self.mean.add(delta / self.count);
        self.squares.add(delta * (value - self.mean.total()));
    }

    pub(super) fn value(self) -> f64 {
        self.squares.total() / self.count
    }
}
