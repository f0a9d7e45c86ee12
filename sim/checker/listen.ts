type Method = (...args: never[]) => unknown;

/** Puts a method of one object in place of its class's. */
function instead<T extends object, K extends keyof T>(target: T, name: K, make: (original: Extract<T[K], Method>) => T[K]): void {
  const original = (target[name] as Method).bind(target) as Extract<T[K], Method>;
  Object.defineProperty(target, name, { value: make(original), configurable: true, writable: true });
}

/** `action` is called with what each call of the method is called with, before it. */
export function before<T extends object, K extends keyof T>(target: T, name: K, action: (...args: never[]) => void): void {
  instead(
    target,
    name,
    (original) =>
      ((...args: never[]) => {
        action(...args);
        return original(...args);
      }) as T[K],
  );
}

/** `action` is called after each call of the method. */
export function after<T extends object, K extends keyof T>(target: T, name: K, action: () => void): void {
  instead(
    target,
    name,
    (original) =>
      ((...args: never[]) => {
        const result = original(...args);
        action();
        return result;
      }) as T[K],
  );
}
