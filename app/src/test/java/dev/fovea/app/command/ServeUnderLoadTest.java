package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signals to a process of {@code fovea serve} that many are asking. */
class ServeUnderLoadTest {
  private static final Pattern ADDRESS = Pattern.compile("http://[^:/ ]+:(\\d+)");
  private static final int CLIENTS = 8;

  @TempDir private Path folder;

  private record Reply(int status, boolean closes, String body) {}

  /** What a client saw: how many answers before the end, and which. */
  private record Seen(int answers, Set<String> different) {}

  private Path model() {
    Graph graph = Models.graph("resnet20", 4, Shape.of(3, 32, 32));
    Path file = folder.resolve("model.safetensors");
    try (ParameterSet weights = new OneDnnBackend().parameters(graph)) {
      for (ParamSpec spec : weights.specs()) {
        weights.write(spec.name(), spec.initialValues(1));
      }
      ModelFile.write(
          file,
          new ModelCard(
              "resnet20",
              graph.inputShape(),
              List.of("ant", "bee", "cat", "dog"),
              Preprocessing.nativeSize(
                  32, 32, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
              "{}",
              Map.of(),
              new ModelCard.Origin("", "")),
          weights);
    }
    return file;
  }

  private static byte[] request() {
    SplittableRandom random = new SplittableRandom(1);
    byte[] rgb = new byte[3 * 32 * 32];
    random.nextBytes(rgb);
    byte[] file = new JpegEncoder(90, ChromaSampling.parse("4:4:4")).encode(new Image(32, 32, rgb));
    byte[] head =
        ("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + file.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] all = java.util.Arrays.copyOf(head, head.length + file.length);
    System.arraycopy(file, 0, all, head.length, file.length);
    return all;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("closed without an answer, or in the middle of '" + line + "'");
      }
      line.append((char) b);
    }
    return line.toString().strip();
  }

  private static Reply reply(InputStream in) throws IOException {
    int status = Integer.parseInt(line(in).split(" ")[1]);
    int length = -1;
    boolean closes = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(15).strip());
      }
      closes |= lower.equals("connection: close");
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("an answer was cut after " + body.length + " bytes");
    }
    return new Reply(status, closes, new String(body, StandardCharsets.UTF_8));
  }

  /** Asks without a pause, until the server says that it closes the connection. */
  private static Seen untilClosed(int port, byte[] request) throws IOException {
    Set<String> different = new TreeSet<>();
    int answers = 0;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        socket.getOutputStream().write(request);
        Reply reply = reply(in);
        answers++;
        different.add(
            reply.status() + reply.body().replaceAll("\"milliseconds\"\\s*:\\s*[0-9.Ee-]+", ""));
        if (reply.closes()) {
          return new Seen(answers, different);
        }
      }
    }
  }

  private static int status(Socket socket, String target) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    return reply(socket.getInputStream()).status();
  }

  private Process serve(Path model) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "env",
            "--default-signal=INT",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.fovea.app.Main",
            "serve",
            "small=" + model,
            "--port",
            "0");
    builder.environment().put("OMP_DYNAMIC", "false");
    return builder.redirectErrorStream(true).start();
  }

  @Test
  void sigtermUnderLoadBreaksNoAnswer() throws Exception {
    Process process = serve(model());
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      int port = port(out);
      byte[] request = request();
      List<Future<Seen>> asked = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        asked.add(clients.submit(() -> untilClosed(port, request)));
      }
      Thread.sleep(500);
      try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(status(idle, "/v2/health/ready")).isEqualTo(200);
        process.toHandle().destroy();
        int answers = 0;
        Set<String> different = new TreeSet<>();
        for (Future<Seen> one : asked) {
          Seen seen = one.get(30, TimeUnit.SECONDS);
          answers += seen.answers();
          different.addAll(seen.different());
        }
        assertThat(answers).as("answers").isGreaterThan(3 * CLIENTS);
        // The one right answer, and at most that of a server that is stopping.
        assertThat(different).allMatch(a -> a.startsWith("200") || a.startsWith("503"));
        assertThat(different.stream().filter(a -> a.startsWith("200"))).hasSize(1);
      }
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("ended by SIGTERM").isTrue();
      assertThat(process.exitValue()).isIn(0, 143);
      assertThat(refuses(port)).isTrue();
    } finally {
      clients.shutdownNow();
      process.destroyForcibly();
    }
  }

  private static int port(BufferedReader out) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.append(line).append('\n');
      Matcher address = ADDRESS.matcher(line);
      if (address.find()) {
        return Integer.parseInt(address.group(1));
      }
    }
    throw new AssertionError("the server named no address: " + said);
  }

  private static boolean refuses(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return !socket.isConnected();
    } catch (ConnectException e) {
      return true;
    }
  }
}
