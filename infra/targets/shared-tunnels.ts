import type { Target, Tunnel } from "./target.ts";

type OpenTunnel = Target<never>["openTunnel"];

/**
 * Lets all who want a tunnel to the same place at one time have one: a preview of fifty models asks the registry fifty
 * times. It is closed when the last of them has closed it.
 */
export function shareTunnels(open: OpenTunnel): OpenTunnel {
  const opened = new Map<string, { tunnel: Promise<Tunnel>; users: number }>();
  return async (namespace, labels, port) => {
    const key = JSON.stringify([namespace, labels, port]);
    const shared = opened.get(key) ?? { tunnel: open(namespace, labels, port), users: 0 };
    opened.set(key, shared);
    shared.users++;
    let isOpen = true;
    const leave = (close: () => void) => {
      if (!isOpen) return;
      isOpen = false;
      if (--shared.users > 0) return;
      opened.delete(key);
      close();
    };
    try {
      const { url, close } = await shared.tunnel;
      return { url, close: () => leave(close) };
    } catch (error) {
      leave(() => undefined);
      throw error;
    }
  };
}
