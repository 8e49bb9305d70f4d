/** A map that forgets what was used longest ago once it is full. */
export class BoundedCache<Value> {
  private readonly entries = new Map<string, Value>()
  private readonly entriesMax: number

  constructor(entriesMax: number) {
    this.entriesMax = entriesMax
  }

  get(name: string): Value | undefined {
    const value = this.entries.get(name)
    if (value === undefined) return undefined
    this.entries.delete(name)
    this.entries.set(name, value)
    return value
  }

  delete(name: string): void {
    this.entries.delete(name)
  }

  deleteWhere(matches: (name: string) => boolean): void {
    for (const name of this.entries.keys()) if (matches(name)) this.entries.delete(name)
  }

  set(name: string, value: Value): void {
    this.entries.delete(name)
    this.entries.set(name, value)
    if (this.entries.size <= this.entriesMax) return
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest)
      return
    }
  }
}
