package dev.fovea.interop;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Interprets a pickle with the operations that {@code torch.save} writes, and refuses all others by
 * name.
 *
 * <p>It builds {@link Value}s and nothing else: no class is loaded and nothing is called. Unknown
 * names become {@link Value.Unknown}, and the results of calling them {@link Value.Opaque}. Each
 * operation takes time and memory proportional to the bytes that it reads or the values that it
 * pops, and the numbers of operations, values and marks are limited, so that a pickle needs at most
 * a few hundred bytes of memory per operation. Source: CPython's Lib/pickle.py and pickletools.py.
 */
final class PickleMachine {
  private static final int MAX_OPERATIONS = 1 << 20;
  private static final int MAX_STACK = 1 << 15;
  private static final int MAX_MARKS = 256;
  private static final int MAX_TEXT = 1 << 20;
  private static final int MAX_NAME = 256;
  private static final int MAX_INT_BYTES = 255;

  private final ByteReader in;
  private final Storages storages;
  private final PickleCalls calls;
  private final List<Value> stack = new ArrayList<>();
  private final ArrayDeque<Integer> marks = new ArrayDeque<>();
  private final Map<Integer, Value> memo = new HashMap<>();
  private long opcodeAt;

  /** Resolves persistent ids to storages, or to the class of a module. */
  @FunctionalInterface
  interface Storages {
    /** Returns the value of an id, which is a tuple in the form that {@code torch.save} writes. */
    Value of(List<Value> id, Refusal refusal);
  }

  /** Creates the exception for a fault at the current operation. */
  @FunctionalInterface
  interface Refusal {
    InteropException because(String reason);
  }

  PickleMachine(ByteReader in, Storages storages) {
    this.in = in;
    this.storages = storages;
    this.calls = new PickleCalls(this::refused);
  }

  /** Reads the pickle at the current position of {@code in} and leaves {@code in} after it. */
  Value run() {
    for (int operations = 0; operations < MAX_OPERATIONS; operations++) {
      opcodeAt = in.position();
      int code = in.u8();
      if (code == '.') {
        return result();
      }
      boolean known =
          number(code) || text(code) || collection(code) || memo(code) || name(code) || bytes(code);
      if (!known) {
        throw refused(
            "the pickle operation " + Opcodes.name(code) + ", which torch.save never writes");
      }
      if (stack.size() > MAX_STACK) {
        throw refused("more than " + MAX_STACK + " values on the pickle's stack");
      }
    }
    throw refused("more than " + MAX_OPERATIONS + " pickle operations");
  }

  private Value result() {
    if (stack.size() != 1 || !marks.isEmpty()) {
      throw refused("a pickle that ends with " + stack.size() + " values, expected one");
    }
    return stack.get(0);
  }

  private boolean number(int code) {
    switch (code) {
      case 'N' -> push(new Value.None());
      case 0x88 -> push(new Value.Bool(true));
      case 0x89 -> push(new Value.Bool(false));
      case 'J' -> push(whole(in.i32()));
      case 'K' -> push(whole(in.u8()));
      case 'M' -> push(whole(in.u16()));
      case 0x8a -> push(bigNumber(in.u8()));
      case 0x8b -> push(bigNumber(in.u32()));
      case 'G' -> push(new Value.Real(in.bigEndianDouble()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean text(int code) {
    switch (code) {
      case 0x8c -> push(new Value.Text(in.utf8(in.u8(), MAX_TEXT)));
      case 'X' -> push(new Value.Text(in.utf8(in.u32(), MAX_TEXT)));
      case 0x8d -> push(new Value.Text(in.utf8(in.i64(), MAX_TEXT)));
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean collection(int code) {
    switch (code) {
      case '(' -> mark();
      case ')' -> push(new Value.Tuple(List.of()));
      case 0x85, 0x86, 0x87 -> push(new Value.Tuple(top(code - 0x84)));
      case 't' -> push(new Value.Tuple(toMark()));
      case ']' -> push(new Value.Items(new ArrayList<>(0)));
      case 'l' -> push(new Value.Items(new ArrayList<>(toMark())));
      case 'a' -> append(top(1));
      case 'e' -> append(toMark());
      case '}' -> push(new Value.Dict(new LinkedHashMap<>(0)));
      case 'd' -> {
        Value.Dict dict = new Value.Dict(new LinkedHashMap<>());
        calls.set(dict, toMark());
        push(dict);
      }
      case 's' -> set(top(2));
      case 'u' -> set(toMark());
      case 0x8f -> push(opaque("set"));
      case 0x90 -> addToSet(toMark());
      case 0x91 -> {
        toMark();
        push(opaque("frozenset"));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Python 2 strings, which may be text or bytes, and byte strings, whose content is skipped. */
  private boolean bytes(int code) {
    switch (code) {
      case 'U' -> push(textOrBytes(in.u8()));
      case 'T' -> push(textOrBytes(in.u32()));
      case 'C' -> skip(in.u8());
      case 'B' -> skip(in.u32());
      case 0x8e, 0x96 -> skip(in.i64());
      default -> {
        return false;
      }
    }
    return true;
  }

  private Value textOrBytes(long count) {
    return in.utf8OrBytes(count, MAX_TEXT).<Value>map(Value.Text::new).orElse(opaque("bytes"));
  }

  private void skip(long count) {
    in.skip(count);
    push(opaque("bytes"));
  }

  private static Value opaque(String type) {
    return new Value.Opaque(type, Value.Origin.PLAIN);
  }

  private void addToSet(List<Value> values) {
    if (!(peek() instanceof Value.Opaque)) {
      throw refused("ADDITEMS of " + values.size() + " values to something that is not a set");
    }
  }

  private boolean memo(int code) {
    switch (code) {
      case 0x80 -> protocol(in.u8());
      case 0x95 -> frame(in.i64());
      case '0' -> pop();
      case '1' -> toMark();
      case '2' -> push(peek());
      case 'h' -> push(recall(in.u8()));
      case 'j' -> push(recall(in.i32()));
      case 'q' -> memo.put(in.u8(), peek());
      case 'r' -> memo.put(in.i32(), peek());
      case 0x94 -> memo.put(memo.size(), peek());
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean name(int code) {
    switch (code) {
      case 'c' -> push(global(in.line(MAX_NAME), in.line(MAX_NAME)));
      case 0x93 -> stackGlobal(top(2));
      case 'R' -> {
        List<Value> call = top(2);
        push(calls.call(call.get(0), call.get(1)));
      }
      case 0x81 -> {
        List<Value> call = top(2);
        push(calls.object(call.get(0), call.get(1)));
      }
      case 0x92 -> {
        List<Value> call = top(3);
        push(calls.object(call.get(0), call.get(1)));
      }
      case 'o' -> {
        List<Value> call = toMark();
        if (call.isEmpty()) {
          throw refused("OBJ without a class");
        }
        push(calls.object(call.get(0), new Value.Tuple(call.subList(1, call.size()))));
      }
      case 'i' -> {
        Value named = global(in.line(MAX_NAME), in.line(MAX_NAME));
        push(calls.object(named, new Value.Tuple(toMark())));
      }
      case 'b' -> build(pop());
      case 'Q' -> {
        if (!(pop() instanceof Value.Tuple id)) {
          throw refused("a persistent id that is not a tuple");
        }
        push(storages.of(id.values(), this::refused));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void protocol(int version) {
    if (version > 5) {
      throw refused("pickle protocol " + version + ", expected at most 5");
    }
  }

  private void frame(long length) {
    if (length < 0 || length > in.remaining()) {
      throw refused("a pickle frame of " + Long.toUnsignedString(length) + " bytes");
    }
  }

  private static Value whole(long n) {
    return new Value.Int(BigInteger.valueOf(n));
  }

  // Larger ones are cryptographic keys or states of random generators, which no tensor needs.
  private Value bigNumber(long bytes) {
    if (bytes > MAX_INT_BYTES) {
      in.skip(bytes);
      return opaque("int");
    }
    byte[] little = in.bytes(bytes, MAX_INT_BYTES);
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[big.length - 1 - i];
    }
    return new Value.Int(big.length == 0 ? BigInteger.ZERO : new BigInteger(big));
  }

  private void mark() {
    if (marks.size() == MAX_MARKS) {
      throw refused("more than " + MAX_MARKS + " nested collections");
    }
    marks.push(stack.size());
  }

  private Value recall(int index) {
    Value value = memo.get(index);
    if (value == null) {
      throw refused("a reference to entry " + index + " of the memo, which does not exist");
    }
    return value;
  }

  private void stackGlobal(List<Value> names) {
    if (!(names.get(0) instanceof Value.Text module)
        || !(names.get(1) instanceof Value.Text name)) {
      throw refused("STACK_GLOBAL without two strings");
    }
    push(global(module.value(), name.value()));
  }

  private Value global(String module, String name) {
    Optional<Global> global = Global.named(module, name);
    return global.isPresent()
        ? new Value.Named(global.get())
        : new Value.Unknown(module + "." + name);
  }

  private void append(List<Value> values) {
    if (peek() instanceof Value.Items list) {
      list.values().addAll(values);
    } else if (!(peek() instanceof Value.Opaque)) {
      throw refused("APPEND to something that is not a list");
    }
  }

  private void set(List<Value> keysAndValues) {
    if (peek() instanceof Value.Dict dict) {
      calls.set(dict, keysAndValues);
    } else if (!(peek() instanceof Value.Opaque)) {
      throw refused("SETITEM of something that is not a dict");
    }
  }

  // The state of an opaque value is dropped with it. torch.save sets the attribute _metadata
  // (module versions) on a state dict; attributes are not entries and are dropped as well.
  private void build(Value state) {
    boolean attributes =
        peek() instanceof Value.Dict
            && state instanceof Value.Dict d
            && d.entries().keySet().stream().noneMatch(k -> k.startsWith("__"));
    if (!attributes && !(peek() instanceof Value.Opaque)) {
      throw refused("the pickle operation BUILD on something other than an object or a dict");
    }
  }

  private void push(Value value) {
    stack.add(value);
  }

  private Value pop() {
    return top(1).get(0);
  }

  private Value peek() {
    if (stack.size() <= floor()) {
      throw refused("a pop from an empty stack");
    }
    return stack.get(stack.size() - 1);
  }

  private List<Value> top(int count) {
    if (stack.size() - floor() < count) {
      throw refused("a pop from an empty stack");
    }
    return cut(stack.size() - count);
  }

  private List<Value> toMark() {
    if (marks.isEmpty()) {
      throw refused("a collection that ends without having started");
    }
    return cut(marks.pop());
  }

  private int floor() {
    return marks.isEmpty() ? 0 : marks.peek();
  }

  private List<Value> cut(int from) {
    List<Value> tail = stack.subList(from, stack.size());
    List<Value> values = List.copyOf(tail);
    tail.clear();
    return values;
  }

  private InteropException refused(String what) {
    return in.refusedAt(opcodeAt, what);
  }
}
