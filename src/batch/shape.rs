//! Shapes: equal requirements, interned to one id for counting demand and remembering misfits.

use super::job_definition::Requirements;
use rustc_hash::FxHashMap;

crate::define_id! {
    /// Equal requirements, in order of first appearance.
    pub struct ShapeId = "shape";
}

/// Every shape that a run has seen.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    list: Vec<Requirements>,
    ids: FxHashMap<Requirements, ShapeId>,
    last: Option<(Requirements, ShapeId)>,
}

impl Shapes {
    /// The shape of `requirements`; equal ones have one id.
    #[inline]
    pub fn intern(&mut self, requirements: Requirements) -> ShapeId {
        // Sweeps and arrays submit one shape many times in a row.
        if let Some((last, id)) = self.last
            && last == requirements
        {
            return id;
        }
        let next = ShapeId::from_index(self.list.len());
        let id = *self.ids.entry(requirements).or_insert(next);
        if id == next {
            self.list.push(requirements);
        }
        self.last = Some((requirements, id));
        id
    }

    /// What a job of this shape asks for.
    #[inline]
    #[must_use]
    pub fn get(&self, shape: ShapeId) -> Requirements {
        self.list[shape.index()]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none has been seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}
