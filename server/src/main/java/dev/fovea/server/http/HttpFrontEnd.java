package dev.fovea.server.http;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Listens at a port and answers by {@link Routes}. HTTP/1.1, in clear or under TLS 1.2 and newer.
 *
 * <p>Its threads are few and never wait for a client or a model.
 */
public final class HttpFrontEnd implements AutoCloseable {
  private static final int THREADS = 8;

  /** For connections that are on their way when the server begins to stop. */
  private static final Duration SETTLING = Duration.ofMillis(300);

  private static final Duration LEAST_SETTLING = Duration.ofMillis(50);

  private static final Duration QUIET = Duration.ofMillis(100);

  /**
   * Below warnings, Jetty logs what is of no use to anybody else, and from FINE on also headers,
   * with tokens in them. Held here, since a logger that nobody holds is forgotten with its level.
   */
  private static final Logger LOG_OF_JETTY = quiet(Logger.getLogger("org.eclipse.jetty"));

  private final Server jetty;
  private final ServerConnector connector;
  private final FrontEndState state;
  private final Connections connections;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final URI address;

  private HttpFrontEnd(int port, HttpSettings settings, Routes routes, FrontEndListener listener) {
    Threads threads = new Threads(listener);
    this.jetty = new Server(threads, null, null);
    this.state = new FrontEndState(routes, settings, jetty.getScheduler(), listener);
    String scheme = settings.keystore().isPresent() ? "https://" : "http://";
    this.address = URI.create(scheme + Guard.shown(settings.host(), port));
    HttpSettings.Limits limits = settings.limits();
    this.connections = new Connections(limits.headerTime(), limits.connections());
    this.connector = connector(settings);
    connector.addBean(connections);
    jetty.addConnector(connector);
    jetty.addBean(new NetworkConnectionLimit(limits.connections(), connector));
    jetty.setHandler(new Asked());
    jetty.setErrorHandler(new JsonErrors());
    jetty.setStopTimeout(0);
  }

  /**
   * Answers at a port from now on.
   *
   * @param port which belongs to the result, and is closed if this fails
   * @throws IOException if the keystore cannot be used
   */
  public static HttpFrontEnd start(
      Port port, HttpSettings settings, Routes routes, FrontEndListener listener)
      throws IOException {
    HttpFrontEnd front = new HttpFrontEnd(port.number(), settings, routes, listener);
    try {
      front.connector.open(port.channel());
      front.jetty.start();
      front.sweepLater();
      return front;
    } catch (Exception e) {
      port.close();
      front.close();
      throw e instanceof IOException io ? io : new IOException(e);
    }
  }

  private static Logger quiet(Logger logger) {
    if (logger.getLevel() == null) {
      logger.setLevel(Level.WARNING);
    }
    return logger;
  }

  private ServerConnector connector(HttpSettings settings) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setRequestHeaderSize(HttpSettings.Limits.HEADER_BYTES);
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    ServerConnector made;
    if (settings.keystore().isPresent()) {
      // Clients address machines by number too.
      http.addCustomizer(new SecureRequestCustomizer(false));
      SslContextFactory.Server tls = tls(settings.keystore().get());
      made =
          new ServerConnector(
              jetty, 1, 2, new SslConnectionFactory(tls, plain.getProtocol()), plain);
    } else {
      made = new ServerConnector(jetty, 1, 2, plain);
    }
    made.setHost(settings.host());
    made.setIdleTimeout(settings.limits().headerTime().toMillis());
    return made;
  }

  private static SslContextFactory.Server tls(HttpSettings.Keystore keystore) {
    SslContextFactory.Server tls = new SslContextFactory.Server();
    tls.setKeyStorePath(keystore.file().toUri().toString());
    tls.setKeyStorePassword(keystore.password());
    tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    tls.setSniRequired(false);
    return tls;
  }

  private void sweepLater() {
    if (!jetty.isStopping() && !jetty.isStopped()) {
      jetty
          .getScheduler()
          .schedule(
              () -> {
                connections.sweep();
                sweepLater();
              },
              500,
              TimeUnit.MILLISECONDS);
    }
  }

  /** The address, with the port that was chosen. */
  public URI address() {
    return address;
  }

  /** The number of requests that have no answer yet. */
  public int inFlight() {
    return inFlight.get();
  }

  /** The number of open connections. */
  public int connections() {
    return connections.count();
  }

  /**
   * Refuses new requests from now on, with status 503, and soon new connections; waits for the
   * answers to those that were accepted.
   *
   * @param limit how long
   * @return how many requests have no answer after that time
   */
  public int drain(Duration limit) {
    state.drain();
    long end = System.nanoTime() + limit.toNanos();
    try {
      settle(Math.min(SETTLING.toMillis(), limit.toMillis()));
      connector.close();
      long quietSince = System.nanoTime();
      while (System.nanoTime() < end && System.nanoTime() - quietSince < QUIET.toNanos()) {
        if (inFlight.get() > 0) {
          quietSince = System.nanoTime();
        }
        Thread.sleep(5);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return inFlight.get();
  }

  private void settle(long millis) throws InterruptedException {
    long begun = System.nanoTime();
    long least = Math.min(LEAST_SETTLING.toMillis(), millis);
    long passed = 0;
    while (passed < least || passed < millis && connections.count() > 0) {
      Thread.sleep(5);
      passed = (System.nanoTime() - begun) / 1_000_000;
    }
  }

  /** Whether {@link #drain} has begun. */
  public boolean isDraining() {
    return state.isDraining();
  }

  /** Closes port and connections at once. Closing again has no effect. */
  @Override
  public void close() {
    state.drain();
    try {
      jetty.stop();
    } catch (Exception e) {
      // There is nothing left to save; the port is closed with the process at the latest.
      LOG_OF_JETTY.log(Level.FINE, "the server did not stop cleanly", e);
    }
    connector.close();
    jetty.destroy();
  }

  private final class Asked extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      Connection client = request.getConnectionMetaData().getConnection();
      connections.busy(client);
      inFlight.incrementAndGet();
      Exchange exchange = new Exchange(state, request, response, callback);
      var unused =
          exchange
              .done()
              .whenComplete(
                  (done, failure) -> {
                    connections.idle(client);
                    inFlight.decrementAndGet();
                  });
      exchange.begin();
      return true;
    }
  }

  /** Threads that do not hide that there is no memory left. */
  private static final class Threads extends QueuedThreadPool {
    private final FrontEndListener listener;

    Threads(FrontEndListener listener) {
      super(THREADS + Runtime.getRuntime().availableProcessors(), 4);
      this.listener = listener;
      setName("fovea-http");
      setDaemon(true);
    }

    @Override
    protected void onJobFailure(Throwable x) {
      if (Failures.isFatal(x)) {
        listener.fatal(x);
      } else if (!(x instanceof EofException)) {
        super.onJobFailure(x);
      }
    }
  }
}
