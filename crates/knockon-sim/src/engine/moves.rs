//! Things that go through the states of a machine.

use crate::clock::END_OF_TIME;
use crate::pending::Pending;
use crate::program::NONE;
use crate::truth::{Effect, Part};

use super::Run;
use super::frame::Outcome;
use super::state::{NOBODY, Thing};
use super::steps::Next;
use super::ticks::Tick;

impl<Q: Pending> Run<Q> {
    /// Moves the user's thing; a move that the machine does not know is refused.
    pub(super) fn make_move(&mut self, at: u32, machine: u32, to: u32) -> Next {
        let user = self.frames[at].user;
        if user == NOBODY {
            return Next::Same;
        }
        let place = user as usize * self.program.machines.len() + machine as usize;
        let thing = self.things_of[place];
        let is_new = thing == NONE;
        let ticket = self.next_ticket();
        let thing = if is_new {
            let made = Thing { machine, state: 0, moves: 0, stuck: false, orphan: false };
            let Ok(handle) = self.things.insert(made) else {
                self.too_much("things", u64::from(self.things.limit()));
                return Next::Other(None);
            };
            self.things_of[place] = handle.index;
            self.in_state[machine as usize][0] += 1;
            handle.index
        } else {
            thing
        };
        let from = self.things[thing].state;
        let table = &self.program.machines[machine as usize];
        let is_known = (is_new && to == 0) || table.states[from as usize].next.contains(&to);
        if !is_known {
            self.moves_refused += 1;
            let (service, suspect) = (table.service, self.frames[at].suspect);
            let blame = self.reasons.because(Part::Service(service), Effect::MoveRefused, suspect);
            self.frames[at].blame = blame;
            return Next::Other(self.finish(at, Outcome::Failed));
        }
        self.enter_state(thing, to, ticket);
        Next::Same
    }

    /// Each stay in a state has a number of its own, so that the end of one's patience does not hit
    /// another thing in the same place.
    fn enter_state(&mut self, at: u32, to: u32, moves: u32) {
        let thing = &mut self.things[at];
        let (machine, from) = (thing.machine as usize, thing.state as usize);
        if thing.stuck {
            thing.stuck = false;
            self.stuck[machine][from] -= 1;
        }
        thing.state = to;
        thing.moves = moves;
        self.in_state[machine][from] -= 1;
        self.in_state[machine][to as usize] += 1;
        let stuck_ns = self.program.machines[machine].states[to as usize].stuck_ns;
        if stuck_ns < END_OF_TIME {
            self.tick_after(stuck_ns, Tick::Stuck { thing: at, moves });
        }
    }

    /// A thing may have been in its state for too long.
    pub(super) fn may_be_stuck(&mut self, at: u32, moves: u32) {
        let thing = &mut self.things[at];
        if thing.moves != moves || thing.stuck {
            return;
        }
        thing.stuck = true;
        self.stuck[thing.machine as usize][thing.state as usize] += 1;
        if thing.orphan {
            let handle = self.things.handle(at);
            self.things.remove(handle);
        }
    }

    /// The user is gone. What it left stays counted where it is.
    pub(super) fn let_go_of_things(&mut self, user: u32) {
        let machines = self.program.machines.len();
        for place in user as usize * machines..(user as usize + 1) * machines {
            let at = std::mem::replace(&mut self.things_of[place], NONE);
            if at == NONE {
                continue;
            }
            let thing = &mut self.things[at];
            let state = &self.program.machines[thing.machine as usize].states[thing.state as usize];
            if state.stuck_ns < END_OF_TIME && !thing.stuck {
                thing.orphan = true;
            } else {
                let handle = self.things.handle(at);
                self.things.remove(handle);
            }
        }
    }
}
