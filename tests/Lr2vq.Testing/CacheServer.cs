using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace Lr2vq.Testing;

/// <summary>A server that keeps what is PUT and gives it to GET, as a remote cache does, and that can be told to misbehave.</summary>
internal sealed class CacheServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly ConcurrentQueue<string> _requests = new();

    public CacheServer()
    {
        (_listener, Port) = Listen();
        _ = Task.Run(Serve);
    }

    public int Port { get; }

    /// <summary>Address without a slash at its end.</summary>
    public string Address => $"http://127.0.0.1:{Port}/cache";

    /// <summary>What is kept, by path below the address: <c>/ac/KEY</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    /// <summary>Asked first; true if it answered, or gave up the connection.</summary>
    public Func<HttpListenerContext, bool>? Misbehave { get; set; }

    /// <summary>Methods, kinds and headers of all requests so far: <c>PUT cas</c>.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Values of the header Authorization, and queries, of all requests.</summary>
    public ConcurrentQueue<string> Secrets { get; } = new();

    public IEnumerable<string> Paths(string kind) => Objects.Keys.Where(p => p.StartsWith($"/{kind}/", StringComparison.Ordinal));

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            _ = Task.Run(() => Answer(context));
        }
    }

    private void Answer(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath["/cache".Length..];
        _requests.Enqueue($"{context.Request.HttpMethod} {path.Split('/').ElementAtOrDefault(1)}");
        Secrets.Enqueue(context.Request.Headers["Authorization"] + context.Request.Url.Query);
        try
        {
            if (Misbehave?.Invoke(context) == true) return;
            if (context.Request.HttpMethod == "PUT")
            {
                using MemoryStream body = new();
                context.Request.InputStream.CopyTo(body);
                if (body.Length == context.Request.ContentLength64) Objects[path] = body.ToArray();
                context.Response.StatusCode = 201;
            }
            else if (Objects.TryGetValue(path, out byte[]? bytes))
            {
                context.Response.ContentLength64 = bytes.Length;
                context.Response.OutputStream.Write(bytes);
            }
            else context.Response.StatusCode = 404;
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or InvalidOperationException)
        {
            // The client has gone.
        }
    }

    /// <summary>Somebody else may take a free port before it is listened to.</summary>
    private static (HttpListener Listener, int Port) Listen()
    {
        while (true)
        {
            int port = FreePort();
            HttpListener listener = new();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    /// <summary>A port of this machine that nobody listens to.</summary>
    public static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
