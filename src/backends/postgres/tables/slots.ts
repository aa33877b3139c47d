/**
 * So many rows of counts processes have of a queue at most, numbered from 0: each writes to one of them, by its number. The row that has
 * this number itself is the upkeep's, and a move's; those of callers' transactions are negative.
 */
export const slots = 64
