package dev.fovea.checkpoint;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Converts records to trees of plain values and back, by the names of their components.
 *
 * <p>This is the only place where component names become keys: {@code valFraction} is written as
 * {@code val_fraction}. Types with their own {@code toMap()} follow the same rule. Camel-case keys,
 * as written by versions before 0.1, are still read.
 *
 * <p>Components may be strings, numbers, booleans, enums (in lower case), records, lists of these,
 * {@code Optional} of enums (empty is written as {@code auto}) or of records (empty is written as
 * {@code none}), {@code Map<String, ...>} of strings or numbers, value types with a static {@code
 * parse(String)} that reads what {@code toString} writes, and types with {@code toMap()} and a
 * static {@code of(Map)}. Only classes that the record declares are instantiated, so a file cannot
 * choose a class.
 */
public final class RecordTree {
  private static final String OPEN = "auto";
  private static final String ABSENT = "none";

  private RecordTree() {}

  /** Converts a record to a tree; keys are in the order of its components. */
  public static Map<String, Object> of(Record record) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (RecordComponent c : record.getClass().getRecordComponents()) {
      try {
        Method accessor = c.getAccessor();
        accessor.setAccessible(true);
        Object value = accessor.invoke(record);
        tree.put(
            key(c.getName()),
            value instanceof Optional<?> o
                ? o.map(RecordTree::plain).orElseGet(() -> empty(optional(c.getGenericType())))
                : plain(value));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read component " + c, e);
      }
    }
    return tree;
  }

  private static String key(String component) {
    return component.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
  }

  private static Object plain(Object value) {
    Optional<Method> toMap = method(value.getClass(), "toMap");
    if (toMap.isPresent() && !(value instanceof Map<?, ?>)) {
      return plain(call(toMap.get(), value));
    } else if (value instanceof Record r
        && method(value.getClass(), "parse", String.class).isEmpty()) {
      return of(r);
    } else if (value instanceof List<?> list) {
      return list.stream().map(RecordTree::plain).toList();
    } else if (value instanceof Map<?, ?> map) {
      Map<String, Object> tree = new LinkedHashMap<>();
      map.forEach((k, v) -> tree.put(String.valueOf(k), plain(v)));
      return tree;
    } else if (value instanceof Integer i) {
      return i.longValue();
    } else if (value instanceof Float f) {
      return f.doubleValue();
    } else if (value instanceof Enum<?> e) {
      return e.name().toLowerCase(Locale.ROOT);
    } else if (value instanceof Long || value instanceof Double || value instanceof Boolean) {
      return value;
    }
    return value.toString();
  }

  /**
   * Converts a tree to a record; the tree must have a value for every component.
   *
   * @param where names the tree in messages
   * @throws CheckpointException if a key is missing, unknown, or has a value of the wrong type
   */
  public static <T extends Record> T read(Class<T> type, Map<String, ?> tree, String where) {
    RecordComponent[] components = type.getRecordComponents();
    List<String> names = Arrays.stream(components).map(RecordComponent::getName).toList();
    List<String> keys = names.stream().map(RecordTree::key).toList();
    for (String key : tree.keySet()) {
      if (!keys.contains(key) && !names.contains(key)) {
        throw new CheckpointException(
            where + ": unknown key '" + key + "'; expected one of " + String.join(", ", keys));
      }
    }
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      String key = keys.get(i);
      Object value = tree.containsKey(key) ? tree.get(key) : tree.get(names.get(i));
      if (value == null) {
        throw new CheckpointException(where + ": the key '" + key + "' is missing");
      }
      values[i] = value(components[i].getGenericType(), value, where + ": " + key);
    }
    return construct(type, components, values, where);
  }

  private static <T extends Record> T construct(
      Class<T> type, RecordComponent[] components, Object[] values, String where) {
    try {
      Class<?>[] types =
          Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new CheckpointException(where + ": " + cause.getMessage(), cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot construct " + type, e);
    }
  }

  private static Class<?> optional(Type type) {
    return (Class<?>) ((ParameterizedType) type).getActualTypeArguments()[0];
  }

  private static String empty(Class<?> held) {
    return held.isEnum() ? OPEN : ABSENT;
  }

  private static Object value(Type type, Object value, String where) {
    if (type instanceof ParameterizedType p && p.getRawType() == Optional.class) {
      Class<?> held = optional(p);
      if (value.equals(empty(held))) {
        return Optional.empty();
      }
      return Optional.of(
          held.isEnum() ? constant(held, value, where, OPEN + ", ") : scalar(held, value, where));
    } else if (type instanceof ParameterizedType p && p.getRawType() == List.class) {
      if (!(value instanceof List<?> list)) {
        throw wrong(where, "a list", value);
      }
      List<Object> values = new ArrayList<>();
      for (Object o : list) {
        values.add(value(p.getActualTypeArguments()[0], o, where));
      }
      return List.copyOf(values);
    } else if (type instanceof ParameterizedType p
        && Map.class.isAssignableFrom((Class<?>) p.getRawType())) {
      if (!(value instanceof Map<?, ?> map)) {
        throw wrong(where, "an object", value);
      }
      Map<String, Object> values = new TreeMap<>();
      map.forEach(
          (k, v) ->
              values.put(
                  String.valueOf(k), value(p.getActualTypeArguments()[1], v, where + "." + k)));
      return values;
    } else if (type instanceof Class<?> c) {
      return scalar(c, value, where);
    }
    throw new IllegalStateException(
        where + ": records with components of type " + type + " are not stored");
  }

  private static Object scalar(Class<?> type, Object value, String where) {
    if (type == String.class) {
      return expect(value instanceof String, value, where, "a string");
    } else if (type == boolean.class || type == Boolean.class) {
      return expect(value instanceof Boolean, value, where, "true or false");
    } else if (type == long.class || type == Long.class) {
      return expect(value instanceof Long, value, where, "a whole number");
    } else if (type == int.class || type == Integer.class) {
      expect(
          value instanceof Long l && l == l.intValue(), value, where, "a whole number below 2^31");
      return ((Long) value).intValue();
    } else if (type == double.class || type == Double.class) {
      return ((Number) expect(value instanceof Number, value, where, "a number")).doubleValue();
    } else if (type == float.class) {
      return ((Number) expect(value instanceof Number, value, where, "a number")).floatValue();
    } else if (type.isEnum()) {
      return constant(type, value, where, "");
    } else if (method(type, "parse", String.class).isPresent()) {
      expect(value instanceof String, value, where, "a string");
      return construct(method(type, "parse", String.class).get(), value, where);
    } else if (method(type, "of", Map.class).isPresent()) {
      expect(value instanceof Map<?, ?>, value, where, "an object");
      return construct(method(type, "of", Map.class).get(), value, where);
    } else if (type.isRecord() && value instanceof Map<?, ?> map) {
      Map<String, Object> tree = new LinkedHashMap<>();
      map.forEach((k, v) -> tree.put(String.valueOf(k), v));
      return read(type.asSubclass(Record.class), tree, where);
    }
    throw wrong(where, "an object", value);
  }

  private static Object constant(Class<?> type, Object value, String where, String others) {
    Object[] constants = type.getEnumConstants();
    for (Object c : constants) {
      if (((Enum<?>) c).name().equalsIgnoreCase(value.toString())) {
        return c;
      }
    }
    String names =
        Arrays.stream(constants)
            .map(c -> ((Enum<?>) c).name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    throw wrong(where, "one of " + others + names, value);
  }

  private static Optional<Method> method(Class<?> type, String name, Class<?>... parameters) {
    for (Class<?> c : declarers(type)) {
      for (Method m : c.getDeclaredMethods()) {
        if (m.getName().equals(name) && Arrays.equals(m.getParameterTypes(), parameters)) {
          m.setAccessible(true);
          return Optional.of(m);
        }
      }
    }
    return Optional.empty();
  }

  private static List<Class<?>> declarers(Class<?> type) {
    List<Class<?>> all = new ArrayList<>(List.of(type));
    all.addAll(List.of(type.getInterfaces()));
    return all;
  }

  private static Object call(Method method, Object target) {
    try {
      return method.invoke(target);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot call " + method, e);
    }
  }

  private static Object construct(Method factory, Object argument, String where) {
    try {
      return factory.invoke(null, argument);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new CheckpointException(where + ": " + cause.getMessage(), cause);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot call " + factory, e);
    }
  }

  private static Object expect(boolean holds, Object value, String where, String expected) {
    if (!holds) {
      throw wrong(where, expected, value);
    }
    return value;
  }

  private static CheckpointException wrong(String where, String expected, Object value) {
    return new CheckpointException(where + ": expected " + expected + ", got '" + value + "'");
  }
}
