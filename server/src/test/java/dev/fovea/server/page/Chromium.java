package dev.fovea.server.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A Chromium without window, driven over its DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /**
   * Alpha is left out: the page has no text that is half transparent, but for disabled controls.
   */
  private static final String FAINT =
      """
      (() => {
        const rgb = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
        const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const back = e => {
          for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length === 3 || c[3] > 0.99) return c;
          }
          return [255, 255, 255];
        };
        const found = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let n; (n = walker.nextNode());) {
          const e = n.parentElement;
          if (!n.data.trim() || !e.checkVisibility() || e.closest('.unseen, :disabled, option, noscript')) continue;
          const [a, b] = [light(rgb(getComputedStyle(e).color)), light(back(e))];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          if (ratio < 4.5) found.push(n.data.trim() + ' ' + ratio.toFixed(2));
        }
        return found;
      })()
      """;

  private final Path profile;
  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final Map<String, Tab> tabs = new ConcurrentHashMap<>();

  private Chromium(String program) throws IOException {
    profile = Files.createTempDirectory("fovea-chromium");
    Path log = profile.resolve("log.txt");
    process =
        new ProcessBuilder(
                program,
                "--headless=new",
                "--no-sandbox", // CI runs as root, and every page is the test's own
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--disable-component-update",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address(log)), new Messages())
            .join();
  }

  /** Starts the browser that {@code fovea.chromium} names, or the {@code chromium} of the path. */
  static Chromium start() throws IOException {
    return new Chromium(System.getProperty("fovea.chromium", "chromium"));
  }

  private String address(Path log) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.ISO_8859_1)) {
        for (String line; (line = lines.readLine()) != null; ) {
          if (line.startsWith("DevTools listening on ws://")) {
            return line.substring("DevTools listening on ".length());
          }
        }
      }
      pause();
    }
    throw new IOException("Chromium did not start: " + Files.readString(log));
  }

  /**
   * Opens an empty tab.
   *
   * @param dark whether the system prefers dark
   */
  Tab open(int width, int height, boolean dark) {
    JsonNode context = call(null, "Target.createBrowserContext", JSON.createObjectNode());
    String own = context.get("browserContextId").asText();
    ObjectNode what =
        JSON.createObjectNode().put("url", "about:blank").put("browserContextId", own);
    String target = call(null, "Target.createTarget", what).get("targetId").asText();
    ObjectNode attach = JSON.createObjectNode().put("targetId", target).put("flatten", true);
    Tab tab = new Tab(call(null, "Target.attachToTarget", attach).get("sessionId").asText(), own);
    tabs.put(tab.session, tab);
    for (String domain : List.of("Page", "Runtime", "Log", "DOM", "Network")) {
      tab.call(domain + ".enable");
    }
    tab.resize(width, height);
    tab.dark(dark);
    return tab;
  }

  private JsonNode call(@Nullable String session, String method, ObjectNode parameters) {
    int id = ids.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    if (session != null) {
      message.put("sessionId", session);
    }
    message.set("params", parameters);
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    synchronized (socket) {
      socket.sendText(message.toString(), true).join();
    }
    JsonNode whole = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (whole.has("error")) {
      throw new IllegalStateException(method + ": " + whole.get("error"));
    }
    return whole.get("result");
  }

  private final class Messages implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          receive(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        } finally {
          text.setLength(0);
        }
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }

  private void receive(JsonNode message) {
    if (message.has("id")) {
      CompletableFuture<JsonNode> answer = waiting.remove(message.get("id").asInt());
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    Tab tab = tabs.get(message.path("sessionId").asText());
    if (tab != null) {
      tab.event(message.get("method").asText(), message.get("params"));
    }
  }

  private static void pause() {
    try {
      Thread.sleep(25);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    call(null, "Browser.close", JSON.createObjectNode());
    socket.abort();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    delete();
  }

  /** Processes of the browser may write for a moment after it has ended. */
  private void delete() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try (Stream<Path> files = Files.walk(profile)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
        return;
      } catch (IOException | UncheckedIOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        pause();
      }
    }
  }

  /** A tab, in a browser context of its own: no storage is shared. */
  final class Tab {
    private final String session;
    private final String context;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Tab(String session, String context) {
      this.session = session;
      this.context = context;
    }

    private JsonNode call(String method) {
      return Chromium.this.call(session, method, JSON.createObjectNode());
    }

    private JsonNode call(String method, ObjectNode parameters) {
      return Chromium.this.call(session, method, parameters);
    }

    private void event(String method, JsonNode parameters) {
      switch (method) {
        case "Runtime.exceptionThrown" -> complaints.add("exception: " + parameters);
        case "Runtime.consoleAPICalled" -> complaints.add("console: " + parameters);
        case "Log.entryAdded" -> complaints.add("log: " + parameters.path("entry"));
        default -> {}
      }
    }

    /** Exceptions, what was written to the console, and what the browser logged: violations too. */
    List<String> complaints() {
      return new ArrayList<>(complaints);
    }

    void resize(int width, int height) {
      ObjectNode size = JSON.createObjectNode().put("width", width).put("height", height);
      call(
          "Emulation.setDeviceMetricsOverride",
          size.put("deviceScaleFactor", 1).put("mobile", width < 600));
      ObjectNode touch = JSON.createObjectNode().put("enabled", width < 600);
      call("Emulation.setTouchEmulationEnabled", touch);
    }

    void dark(boolean dark) {
      ObjectNode media = JSON.createObjectNode();
      media
          .putArray("features")
          .addObject()
          .put("name", "prefers-color-scheme")
          .put("value", dark ? "dark" : "light");
      call("Emulation.setEmulatedMedia", media);
    }

    void go(String address) {
      call("Page.navigate", JSON.createObjectNode().put("url", address));
      await("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** The value of an expression; a promise is waited for. */
    JsonNode evaluate(String expression) {
      ObjectNode what = JSON.createObjectNode().put("expression", expression);
      what.put("awaitPromise", true).put("returnByValue", true).put("userGesture", true);
      JsonNode result = call("Runtime.evaluate", what);
      if (result.has("exceptionDetails")) {
        throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
      }
      return result.get("result").path("value");
    }

    /** Waits until an expression is true. */
    void await(String condition) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!evaluate("!!(" + condition + ")").asBoolean()) {
        if (System.nanoTime() > end) {
          throw new AssertionError(
              "never true: "
                  + condition
                  + "; complaints: "
                  + complaints
                  + "; the page reads: "
                  + evaluate("document.body.innerText"));
        }
        pause();
      }
    }

    String text(String selector) {
      return evaluate("document.querySelector(" + quoted(selector) + ")?.innerText ?? ''").asText();
    }

    void click(String selector) {
      JsonNode at =
          evaluate(
              "(() => { const e = document.querySelector("
                  + quoted(selector)
                  + "); e.scrollIntoView({block: 'center', behavior: 'instant'}); const r ="
                  + " e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2];"
                  + " })()");
      for (String type : List.of("mouseMoved", "mousePressed", "mouseReleased")) {
        ObjectNode event =
            JSON.createObjectNode()
                .put("type", type)
                .put("x", at.get(0).asDouble())
                .put("y", at.get(1).asDouble());
        call("Input.dispatchMouseEvent", event.put("button", "left").put("clickCount", 1));
      }
    }

    void press(String key) {
      for (String type : List.of("keyDown", "keyUp")) {
        ObjectNode event =
            JSON.createObjectNode().put("type", type).put("key", key).put("code", key);
        int code =
            switch (key) {
              case "Tab" -> 9;
              case "Enter" -> 13;
              case "Escape" -> 27;
              default -> throw new IllegalArgumentException(key);
            };
        event.put("windowsVirtualKeyCode", code);
        if (key.equals("Enter") && type.equals("keyDown")) {
          event.put("text", "\r");
        }
        call("Input.dispatchKeyEvent", event);
      }
    }

    void type(String text) {
      call("Input.insertText", JSON.createObjectNode().put("text", text));
    }

    /** Chooses files as the dialog of the system would. */
    void choose(String selector, Path... files) {
      JsonNode root = call("DOM.getDocument").get("root");
      ObjectNode query =
          JSON.createObjectNode()
              .put("nodeId", root.get("nodeId").asInt())
              .put("selector", selector);
      ObjectNode set =
          JSON.createObjectNode()
              .put("nodeId", call("DOM.querySelector", query).get("nodeId").asInt());
      for (Path file : files) {
        set.withArray("files").add(file.toAbsolutePath().toString());
      }
      call("DOM.setFileInputFiles", set);
    }

    /**
     * Drags files over the middle of the window and, unless they are only shown, lets them fall.
     */
    void drop(Path file) {
      for (String type : List.of("dragEnter", "dragOver", "drop")) {
        ObjectNode event = JSON.createObjectNode().put("type", type).put("x", 150).put("y", 250);
        ObjectNode data = event.putObject("data").put("dragOperationsMask", 1);
        data.putArray("items");
        data.putArray("files").add(file.toAbsolutePath().toString());
        call("Input.dispatchDragEvent", event);
      }
    }

    /** Allows the page what the user would be asked for. */
    void grant(String origin, String... permissions) {
      ObjectNode what =
          JSON.createObjectNode().put("origin", origin).put("browserContextId", context);
      for (String permission : permissions) {
        what.withArray("permissions").add(permission);
      }
      Chromium.this.call(null, "Browser.grantPermissions", what);
    }

    /** Pastes what the clipboard holds, as the keys would. */
    void paste() {
      ObjectNode event =
          JSON.createObjectNode().put("type", "keyDown").put("key", "v").put("code", "KeyV");
      event.put("modifiers", 2).put("windowsVirtualKeyCode", 86);
      event.putArray("commands").add("paste");
      call("Input.dispatchKeyEvent", event);
    }

    /** Writes a picture of the whole page. */
    void picture(Path file) throws IOException {
      ObjectNode what =
          JSON.createObjectNode().put("format", "png").put("captureBeyondViewport", true);
      String data = call("Page.captureScreenshot", what).get("data").asText();
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, Base64.getDecoder().decode(data));
    }

    /** The controls that a screen reader would have no name for. */
    List<String> nameless() {
      call("Accessibility.enable");
      List<String> nameless = new ArrayList<>();
      for (JsonNode node : call("Accessibility.getFullAXTree").get("nodes")) {
        String role = node.path("role").path("value").asText();
        boolean control =
            List.of(
                    "button",
                    "checkbox",
                    "switch",
                    "combobox",
                    "slider",
                    "textbox",
                    "link",
                    "image")
                .contains(role);
        if (control
            && !node.path("ignored").asBoolean()
            && node.path("name").path("value").asText().isBlank()) {
          nameless.add(node.toString());
        }
      }
      return nameless;
    }

    /** Texts whose contrast to what lies behind them is under the 4.5 to 1 of WCAG 2 AA. */
    List<String> faint() {
      List<String> faint = new ArrayList<>();
      evaluate(FAINT).forEach(n -> faint.add(n.asText()));
      return faint;
    }

    private String quoted(String text) {
      return JSON.getNodeFactory().textNode(text).toString();
    }
  }
}
