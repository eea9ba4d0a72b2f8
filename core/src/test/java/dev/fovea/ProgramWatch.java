package dev.fovea;

import dev.fovea.graph.Graph;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.tensor.Shape;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts the runs of the programs that a backend compiles for inference. */
final class ProgramWatch {
  private final Map<Kind, Integer> runs = new ConcurrentHashMap<>();

  private record Kind(Shape input, int batch) {}

  /** How often programs for images of this shape and batches of this size ran. */
  int runs(Shape input, int batch) {
    return runs.getOrDefault(new Kind(input, batch), 0);
  }

  /** A backend like this one whose programs are counted. */
  Backend watched(Backend backend) {
    return proxy(
        Backend.class,
        (method, arguments) -> {
          Object result = invoke(method, backend, arguments);
          if (arguments != null && result instanceof InferenceProgram program) {
            Graph graph = (Graph) arguments[0];
            CompileOptions options = (CompileOptions) arguments[arguments.length - 1];
            return counted(program, new Kind(graph.inputShape(), options.batch()));
          }
          return result;
        });
  }

  private InferenceProgram counted(InferenceProgram program, Kind kind) {
    return proxy(
        InferenceProgram.class,
        (method, arguments) -> {
          if (method.getName().equals("run")) {
            runs.merge(kind, 1, Integer::sum);
          }
          return invoke(method, program, arguments);
        });
  }

  /** A call of a method of an interface. */
  private interface Call {
    @Nullable Object of(Method method, Object @Nullable [] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.of(method, arguments)));
  }

  private static @Nullable Object invoke(
      Method method, Object target, Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
