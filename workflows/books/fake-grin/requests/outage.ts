/** Whether the whole library is out of order. */
export class Outage {
  isOn = false
}
