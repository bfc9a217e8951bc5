//! From a system to its tables.

use knockon_core::{
    CacheEntryId, Callee, Channel, Element, Eviction, OperationId, QueryId, QueueId, ServiceId,
    System,
};

use super::code::Emitter;
use super::tables::{Cohort, Entry, Machine, NONE, Program, Queue, State};
use super::{Unplayable, journeys, services};
use crate::clock::{END_OF_TIME, nanos};
use crate::random::threshold;

/// Where the parts of a model ended up.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The first operation of each service; then its queries.
    operations: Vec<u32>,
    queries: Vec<u32>,
    queues: Vec<u32>,
    entries: Vec<u32>,
    machines: Vec<u32>,
    /// The operation that stands for a service without any.
    implicit: Vec<u32>,
    /// The operation that a health check of another service asks.
    pub(super) ping: Vec<u32>,
}

fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

impl Index {
    fn of(system: &System) -> Self {
        let mut index = Self::default();
        let (mut operation, mut queue, mut entry, mut machine) = (0, 0, 0, 0);
        for service in system.services() {
            index.operations.push(narrow(operation));
            operation += service.operations.len();
            index.queries.push(narrow(operation));
            operation += service.database.queries.len();
            index.implicit.push(narrow(operation));
            index.ping.push(narrow(operation + 1));
            operation += 2;
            index.queues.push(narrow(queue));
            queue += service.broker.queues.len();
            index.entries.push(narrow(entry));
            entry += service.cache.entries.len();
            index.machines.push(narrow(machine));
            machine += service.states.len();
        }
        index
    }

    pub(super) fn operation(&self, id: OperationId) -> u32 {
        self.operations[id.service.index()] + narrow(id.index())
    }

    pub(super) fn callee(&self, callee: Callee) -> u32 {
        callee.operation.map_or(self.implicit[callee.service.index()], |id| self.operation(id))
    }

    pub(super) fn query(&self, id: QueryId) -> u32 {
        self.queries[id.service.index()] + narrow(id.index())
    }

    pub(super) fn queue(&self, id: QueueId) -> u32 {
        self.queues[id.service.index()] + narrow(id.index())
    }

    pub(super) fn entry(&self, id: CacheEntryId) -> u32 {
        self.entries[id.service.index()] + narrow(id.index())
    }

    pub(super) fn machine(&self, id: knockon_core::MachineId) -> u32 {
        self.machines[id.service.index()] + narrow(id.index())
    }

    pub(super) fn channel(&self, channel: Channel, system: &System) -> Vec<u32> {
        match channel {
            Channel::Queue(id) => vec![self.queue(id)],
            Channel::Topic(id) => {
                let topic = &system.service(id.service).broker.topics[id.index()];
                topic.to.iter().map(|queue| self.queue(*queue)).collect()
            }
        }
    }
}

impl Program {
    /// Compiles a system; everything that cannot be played is told at once.
    pub(crate) fn of(system: &System) -> Result<Self, Vec<Unplayable>> {
        let index = Index::of(system);
        let mut unplayable = Vec::new();
        let mut program = Self {
            system: system.clone(),
            services: services::tables(system),
            operations: Vec::new(),
            code: vec![super::tables::Instruction::End],
            sites: Vec::new(),
            times: Vec::new(),
            fails: Vec::new(),
            moves: Vec::new(),
            asks: Vec::new(),
            forks: Vec::new(),
            choices: Vec::new(),
            sagas: Vec::new(),
            queues: queues(system, &index),
            entries: entries(system),
            machines: machines(system),
            journeys: Vec::new(),
            cohorts: cohorts(system),
            end: 0,
            repeats: false,
            lanes: Vec::new(),
        };
        Emitter::new(system, &index, &mut program, &mut unplayable).operations();
        connect_consumers(&mut program);
        program.asks = program.sites.iter().map(super::tables::Site::ask).collect();
        program.repeats = !program.queues.is_empty()
            || !program.sagas.is_empty()
            || program.sites.iter().any(|site| site.attempts > 1);
        program.journeys = journeys::tables(system, &index, &program, &mut unplayable);
        journeys::mark_stages(system, &index, &mut program);
        unplayable.extend(super::reach::endless_calls(system, &program, &index));
        unplayable.extend(without_pause(system));
        unplayable.extend(super::unplayed::dependencies(system, &program));
        if unplayable.is_empty() { Ok(program) } else { Err(unplayable) }
    }

    /// The service of an index, for names; the read replicas of a database have its name and more.
    pub(crate) fn service_name(&self, service: u32) -> &str {
        &self.services[service as usize].name
    }

    /// The lane of a constant delay, a new one if there is none yet.
    pub(crate) fn lane(&mut self, delay_ns: u64) -> u32 {
        let at = self.lanes.iter().position(|known| *known == delay_ns).unwrap_or_else(|| {
            self.lanes.push(delay_ns);
            self.lanes.len() - 1
        });
        narrow(at)
    }
}

/// Operations that are done on their own, again and again at the same instant.
fn without_pause(system: &System) -> Vec<Unplayable> {
    let every_none = system
        .operation_ids()
        .filter(|id| system.operation(*id).every.is_some_and(|every| every.is_zero()));
    every_none
        .map(|id| Unplayable {
            element: Element::Operation(id),
            what: format!("`every: 0` of {} never lets time pass", system.operation(id).name),
            help: "give it a length of time".to_owned(),
        })
        .collect()
}

fn queues(system: &System, index: &Index) -> Vec<Queue> {
    let mut queues = Vec::new();
    for (broker, service) in system.services().iter().enumerate() {
        queues.extend(service.broker.queues.iter().map(|queue| Queue {
            broker: narrow(broker),
            name: queue.name.clone(),
            max_length: queue.max_length,
            max_bytes: queue.max_bytes.map(|bytes| bytes.count),
            overflow: queue.overflow,
            ttl_ns: queue.ttl.map(nanos),
            dead_letter: queue.dead_letter.map_or(NONE, |id: QueueId| index.queue(id)),
            delivery_limit: queue.delivery_limit,
            durable: queue.durable,
            manual: queue.manual,
            consumers: Vec::new(),
        }));
    }
    queues
}

fn entries(system: &System) -> Vec<Entry> {
    let (mut entries, mut slot) = (Vec::new(), 0);
    for (cache, service) in system.services().iter().enumerate() {
        for (kind, entry) in service.cache.entries.iter().enumerate() {
            let by_user = entry.keys.is_none();
            entries.push(Entry {
                cache: narrow(cache),
                name: entry.name.clone(),
                kind: narrow(kind),
                ttl_ns: entry.ttl.map(nanos),
                keys: entry.keys,
                slot: if by_user { slot } else { NONE },
            });
            slot += u32::from(by_user);
        }
    }
    entries
}

fn machines(system: &System) -> Vec<Machine> {
    let mut machines = Vec::new();
    for (owner, service) in system.services().iter().enumerate() {
        machines.extend(service.states.iter().map(|machine| {
            Machine {
                service: narrow(owner),
                name: machine.name.clone(),
                states: (machine.states.iter())
                    .map(|state| State {
                        name: state.name.clone(),
                        next: state.next.iter().map(|next| narrow(*next)).collect(),
                        stuck_ns: state.stuck.map_or(END_OF_TIME, nanos),
                    })
                    .collect(),
            }
        }));
    }
    machines
}

fn cohorts(system: &System) -> Vec<Cohort> {
    let cohorts = system.practice().cohorts.iter();
    cohorts
        .map(|cohort| {
            let mut sum = 0.0;
            let bounds = cohort.members.iter().map(|member| {
                sum += member.share.fraction();
                threshold(sum)
            });
            Cohort {
                name: cohort.name.clone(),
                bounds: bounds.collect(),
                count: cohort.count.unwrap_or(0),
                within: cohort.within.map_or(NONE, |id| narrow(id.index())),
            }
        })
        .collect()
}

/// Tells each queue and each service who consumes.
fn connect_consumers(program: &mut Program) {
    for (operation, table) in program.operations.iter().enumerate() {
        if table.consumes != NONE {
            program.queues[table.consumes as usize].consumers.push(narrow(operation));
            program.services[table.service as usize].consumers.push(narrow(operation));
        }
    }
}

/// What a cache without a word about it does when it is full, as Redis does.
pub(super) const EVICTION: Eviction = Eviction::None;

/// The service of the model that an index of the tables stands for.
pub(super) fn service_index(id: ServiceId) -> u32 {
    narrow(id.index())
}
