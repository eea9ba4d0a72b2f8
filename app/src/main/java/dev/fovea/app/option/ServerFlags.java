package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.server.ServerOptions;
import dev.fovea.server.http.Port;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where a server listens, whom it answers and what it accepts. */
public final class ServerFlags {
  private static final int MOST_MEGABYTES = 1024;
  private static final int HIGHEST_PORT = 65535;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "0 takes one that is free and prints it (default: ${DEFAULT-VALUE}).")
  private int port = 8080;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description =
          "The address to listen at; 0.0.0.0 is all of this machine. One that other machines reach"
              + " needs --token-file (default: ${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with a secret in one line, which requests must bring as 'Authorization: Bearer"
              + " SECRET'.")
  private @Nullable Path token;

  @Option(
      names = "--keystore",
      paramLabel = "FILE",
      description = "Speaks TLS with the key and certificate of a PKCS12 or JKS file.")
  private @Nullable Path keystore;

  @Option(
      names = "--keystore-password-file",
      paramLabel = "FILE",
      description = "A file with the keystore's password in one line.")
  private @Nullable Path password;

  @Option(
      names = "--allow-origin",
      paramLabel = "ORIGIN",
      description =
          "Lets web pages of another site use the server, for example https://example.org; may be"
              + " given several times.")
  private List<String> origins = List.of();

  @Option(
      names = "--max-body",
      paramLabel = "MB",
      description = "Largest body of a request (default: ${DEFAULT-VALUE}).")
  private int megabytes = 32;

  @Option(
      names = "--max-images",
      paramLabel = "N",
      description = "Images in one request (default: ${DEFAULT-VALUE}).")
  private int images = 64;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Open connections; further ones wait (default: ${DEFAULT-VALUE}).")
  private int connections = 512;

  /**
   * Sets them.
   *
   * @param warn told what is allowed, but not wise
   */
  public ServerOptions apply(ServerOptions options, Consumer<String> warn) {
    check();
    ServerOptions set =
        options
            .host(host)
            .port(port)
            .largestBody(megabytes << 20)
            .mostImages(images)
            .mostConnections(connections);
    if (token != null) {
      set = set.token(SecretFile.token(token, warn));
    }
    if (keystore != null && password != null) {
      set = set.keystore(keystore, SecretFile.line(password, warn));
    }
    for (String origin : origins) {
      try {
        set = set.allowOrigin(origin);
      } catch (IllegalArgumentException e) {
        throw new UsageException("--allow-origin: " + e.getMessage());
      }
    }
    if (!Port.isLocal(host) && keystore == null) {
      warn.accept(
          "warning: without --keystore the token and the images cross the network in clear; give"
              + " one, or let a proxy speak TLS");
    }
    return set;
  }

  private void check() {
    if (port < 0 || port > HIGHEST_PORT) {
      throw new UsageException("--port is " + port + "; it must be 0 to " + HIGHEST_PORT);
    }
    Positive.check("--max-images", images);
    Positive.check("--max-connections", connections);
    if (megabytes < 1 || megabytes > MOST_MEGABYTES) {
      throw new UsageException(
          "--max-body is " + megabytes + "; it must be 1 to " + MOST_MEGABYTES + " megabytes");
    }
    if (!Port.isLocal(host) && token == null) {
      throw new UsageException(
          "--host "
              + host
              + " lets other machines in; give --token-file FILE with a secret that they must bring"
              + " ('openssl rand -hex 32 > FILE' makes one), or leave --host out");
    }
    if ((keystore == null) != (password == null)) {
      throw new UsageException("--keystore and --keystore-password-file need each other");
    }
  }
}
