/** How one process reaches the database. */
export interface DatabaseLogin {
  /** Host name, or the folder of the Unix socket. */
  host: string
  port: number
  user: string
  password: string
  database: string
  /** From the operator's own URL; absent on a Unix socket. */
  ssl?: 'disable' | 'require' | 'verify-full'
}
