using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Threading.Tasks;
using Lr2vq.Testing;

namespace Lr2vq.Page.Tests;

/// <summary>The files of a folder over HTTP, as any web server has them.</summary>
internal sealed class StaticSite : IDisposable
{
    private readonly string _folder;
    private readonly HttpListener _listener = new();

    public StaticSite(string folder)
    {
        _folder = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        Address = $"http://127.0.0.1:{CacheServer.FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public string Address { get; }

    /// <summary>Files that were sent.</summary>
    public ConcurrentQueue<string> Served { get; } = new();

    public void Dispose() => _listener.Close();

    private async Task Serve()
    {
        try
        {
            while (true) await Answer(await _listener.GetContextAsync());
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        string name = context.Request.Url!.AbsolutePath.TrimStart('/'), path = Path.GetFullPath(Path.Combine(_folder, name.Length == 0 ? "index.html" : name));
        if (path.StartsWith(_folder, StringComparison.Ordinal) && File.Exists(path))
        {
            Served.Enqueue(path);
            context.Response.ContentType = Path.GetExtension(path) switch { ".html" => "text/html", ".js" => "text/javascript", ".wasm" => "application/wasm", ".json" => "application/json", _ => "application/octet-stream" };
            await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(path));
        }
        else context.Response.StatusCode = 404;
        context.Response.Close();
    }
}
