/** What a supervisor says when it is asked to end. */
export const ending =
  'Ending: what runs may finish for a while, the rest is given back. Ask again to end at once.'

/** How many milliseconds it has at the second wish: more than it allows its processes before it kills them. */
export const hurryMs = 3000
