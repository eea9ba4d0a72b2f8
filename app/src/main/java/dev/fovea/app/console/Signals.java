package dev.fovea.app.console;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Handlers of operating system signals, through {@code sun.misc.Signal}.
 *
 * <p>That class is supported by every JDK (module jdk.unsupported, JEP 260) but has no public
 * replacement, and the compiler warning about it cannot be suppressed locally, so it is used by
 * reflection.
 */
final class Signals {
  private Signals() {}

  /**
   * Runs {@code action} on a separate thread whenever the signal arrives.
   *
   * @param name without SIG, for example {@code INT}
   * @return the previous handler, for {@link #restore}; null where signals are unsupported
   */
  static @Nullable Object handle(String name, Runnable action) {
    InvocationHandler handler =
        (proxy, method, args) -> {
          switch (method.getName()) {
            case "handle" -> action.run();
            case "hashCode" -> {
              return System.identityHashCode(proxy);
            }
            case "equals" -> {
              return proxy == args[0];
            }
            default -> {
              return name;
            }
          }
          return null;
        };
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      return set(
          name,
          Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {type}, handler));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /** Reinstalls the handler that {@link #handle} returned. */
  static void restore(String name, @Nullable Object handler) {
    if (handler != null) {
      try {
        set(name, handler);
      } catch (ReflectiveOperationException e) {
        throw new CommandException("the handler of SIG" + name + " could not be restored", e);
      }
    }
  }

  private static Object set(String name, Object handler) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    return signal
        .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
  }
}
