/**
 * `Otherwise` where there is no `Fault`, and else the fault itself: a sentence, which the compiler prints beside what it
 * is asked of. Inside a generic function, whose faults are not known yet, nothing is asked: the function's callers are,
 * if it says the same of its own parameters.
 */
export type Demand<Fault, Otherwise = unknown> = [Sound<Fault>] extends [never] ? Fault : Otherwise

// Two types, not one: a value has to fit both sides of a conditional type that cannot be resolved yet, except a side that
// is never taken if all that is unknown fits everything. Thus nothing has to fit the sentence.
type Sound<Fault> = [Fault] extends [never] ? true : never
