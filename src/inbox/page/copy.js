/** The buttons that copy what stands beside them, and the texts that are copied. */

export function followCopyButtons() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-copies]')
    if (!button) return
    const text = document.getElementById(button.dataset.copies).textContent
    navigator.clipboard.writeText(text).then(
      () => flash(button, 'Copied'),
      () => flash(button, 'Not allowed'),
    )
  })
}

function flash(button, word) {
  button.textContent = word
  setTimeout(() => {
    button.textContent = 'Copy'
  }, 1500)
}

export function curlLine({ api_address: address, api_key_file: keyFile }) {
  const message = {
    from: 'Postern <hello@postern.localhost>',
    to: 'delivered@postern.localhost',
    subject: 'The first one',
    html: '<h1>It works</h1><p>Accepted, sealed, signed and delivered.</p>',
  }
  return [
    `curl ${address ?? 'http://127.0.0.1:PORT-OF-THE-API'}/emails \\`,
    `  -H "Authorization: Bearer $(cat '${keyFile.replaceAll("'", "'\\''")}')" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(message, null, 2).replaceAll('\n', '\n  ')}'`,
  ].join('\n')
}

/** The names most programs and frameworks read. */
export function smtpSettings({ smtp_address: address }) {
  const [host, port] = address.split(':')
  return `SMTP_HOST=${host}\nSMTP_PORT=${port}`
}
