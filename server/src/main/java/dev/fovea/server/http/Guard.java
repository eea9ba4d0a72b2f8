package dev.fovea.server.http;

import dev.fovea.server.protocol.Words;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Says whom the server does not answer.
 *
 * <p>A page of another site can make a browser ask a server on the same machine. Where there is no
 * token, two things tell such requests: their {@code Origin}, and, if the other site has pointed
 * its own name at this machine, their {@code Host}.
 */
final class Guard {
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|.+\\.localhost|127(\\.\\d{1,3}){3}|\\[?(0*:)*0*1\\]?");

  private final HttpSettings settings;
  private final boolean local;

  Guard(HttpSettings settings) {
    this.settings = settings;
    this.local = isLoopback(settings.host());
  }

  /** Whether only programs of this machine reach an address. */
  static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  /** Why a request is not answered, if that is so. */
  Optional<Reply> refusal(Request request, Routes.Access access) {
    if (local && !isOurs(Request.getServerName(request))) {
      return Optional.of(
          Reply.error(
              403,
              "the request is for the host "
                  + Words.quoted(String.valueOf(Request.getServerName(request)))
                  + "; this server answers as localhost only"));
    }
    if (!isRead(request) && isForeign(request)) {
      return Optional.of(
          Reply.error(
              403, "pages of other sites may not use this server; its origin is not allowed"));
    }
    if (access == Routes.Access.GUARDED && settings.token().isPresent() && !hasToken(request)) {
      return Optional.of(
          Reply.error(401, "the request has no valid token; send it as 'Authorization: Bearer ...'")
              .with("WWW-Authenticate", "Bearer"));
    }
    return Optional.empty();
  }

  private boolean isOurs(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return LOOPBACK.matcher(name).matches() || name.equalsIgnoreCase(settings.host());
  }

  private static boolean isRead(Request request) {
    return List.of("GET", "HEAD").contains(request.getMethod());
  }

  private boolean isForeign(Request request) {
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    if (origin == null) {
      return false;
    }
    return !origin.equalsIgnoreCase(own(request)) && !settings.origins().contains(origin);
  }

  private String own(Request request) {
    String authority = request.getHeaders().get(HttpHeader.HOST);
    return (settings.keystore().isPresent() ? "https://" : "http://") + authority;
  }

  private boolean hasToken(Request request) {
    String given = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    return given != null && settings.token().orElseThrow().isIn(given);
  }

  /** The origin of a request, if pages of it may read the answers. */
  Optional<String> allowedOrigin(Request request) {
    return Optional.ofNullable(request.getHeaders().get(HttpHeader.ORIGIN))
        .filter(settings.origins()::contains);
  }

  /** Where a server listens, as a client writes it. */
  static String shown(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
