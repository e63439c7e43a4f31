/** What failures of connections mean, and what to do about them. */
import type { Address } from '../../client/client-config.ts';
import { ConnectionError } from '../../net/client-socket.ts';

/** The code of the system error behind a failure, such as ECONNREFUSED. */
export function systemCode(failure: unknown): string | undefined {
  for (let at = failure; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** Whether a host is the machine itself. */
export function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

export function connectAdvice(failure: unknown, { host, port }: Address): string {
  switch (systemCode(failure)) {
    case 'ECONNREFUSED':
      return isLocal(host)
        ? `Nothing listens on port ${port} here: start the broker, or correct the port. In a container, publish the port.`
        : `Nothing listens on port ${port} of ${host}, or only for that machine itself: set listeners=PLAINTEXT://0.0.0.0:${port} there.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${host} is unknown here.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `No route leads to ${host}: check the network, a VPN, or that the name has the right address.`;
    case 'ECONNRESET':
    case 'EPIPE':
      return 'Something on the way, or the broker, hung up at once: a proxy, or max.connections.per.ip.';
    default:
      return `Packets to ${host} are dropped: open port ${port} in the firewall or security group.`;
  }
}

/** Node's codes for what is wrong with a certificate, and what to do. */
const CERTIFICATE_ADVICE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is self-signed: set ssl.truststore.location to it, in PEM.',
  SELF_SIGNED_CERT_IN_CHAIN: "The CA is not trusted here: set ssl.truststore.location to the CA's certificate, in PEM.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "The CA is not known here: set ssl.truststore.location to the CA's certificate, in PEM.",
  UNABLE_TO_GET_ISSUER_CERT:
    'An intermediate certificate is missing: put the whole chain into the keystore of the broker.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "The CA is not known here: set ssl.truststore.location to the CA's certificate.",
  CERT_HAS_EXPIRED: 'The certificate has expired: renew it, and replace ssl.keystore.* of the broker.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet: check the clocks of both machines.',
};

export function isCertificateError(failure: unknown): boolean {
  const code = systemCode(failure) ?? '';
  return code in CERTIFICATE_ADVICE || code === 'ERR_TLS_CERT_ALTNAME_INVALID';
}

export function certificateAdvice(failure: unknown, { host }: Address): string {
  const code = systemCode(failure) ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const kind = /^[\d.]+$|:/.test(host) ? 'address' : 'name';
    return `The certificate is for other names: connect by one of those, or issue one for the ${kind} ${host}.`;
  }
  return CERTIFICATE_ADVICE[code] ?? "Look at the broker's log for this moment.";
}

/** What it was that answered in the place of a broker. */
export function whatAnswered(failure: unknown): string {
  const received = failure instanceof ConnectionError ? failure.received : undefined;
  if (received?.toString('latin1').startsWith('HTTP')) {
    return "An HTTP server answers there (Samsa's own HTTP is on 8082, the REST proxy's): use the port of listeners=.";
  }
  // A TLS record: an alert (21) or a handshake (22), and the version 3.x.
  if (received !== undefined && (received[0] === 21 || received[0] === 22) && received[1] === 3) {
    return 'A TLS server answers there: set security.protocol=SSL or SASL_SSL.';
  }
  if (received !== undefined) return `Another program answers there (it began with ${received.toString('hex')}).`;
  return 'The connection was accepted, then closed: a proxy without a broker behind it, or a listener with TLS or SASL.';
}
