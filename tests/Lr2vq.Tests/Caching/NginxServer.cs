using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Lr2vq.Building;
using Lr2vq.Testing;
using Xunit;

namespace Lr2vq.Tests.Caching;

/// <summary>nginx with DAV on loopback, as docs/cache.md sets it up; one folder is open, another wants a password.</summary>
internal sealed class NginxServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lr2vq-nginx").FullName;
    private readonly Process _process;
    private readonly int _port = CacheServer.FreePort();

    public NginxServer()
    {
        string? program = NginxProgram.Find();
        Assert.SkipWhen(program is null, "no nginx; `dotnet run build/provision.cs` brings it on Debian");
        foreach (string name in (string[])["files", "body"]) Directory.CreateDirectory(Path.Combine(_folder, name));
        File.WriteAllText(Path.Combine(_folder, "passwords"), "farm:{PLAIN}s3cret\n");
        File.WriteAllText(Path.Combine(_folder, "nginx.conf"), $$"""
            daemon off; master_process off; error_log stderr; pid {{_folder}}/nginx.pid;
            events { }
            http {
              access_log {{_folder}}/access.log;
              client_body_temp_path {{_folder}}/body; proxy_temp_path {{_folder}}/body; fastcgi_temp_path {{_folder}}/body; uwsgi_temp_path {{_folder}}/body; scgi_temp_path {{_folder}}/body;
              log_format methods '$request_method $uri $status';
              access_log {{_folder}}/methods.log methods;
              server {
                listen 127.0.0.1:{{_port}};
                root {{_folder}}/files;
                client_max_body_size 1g;
                location /lr2vq/ { dav_methods PUT; create_full_put_path on; }
                location /closed/ { dav_methods PUT; create_full_put_path on; auth_basic farm; auth_basic_user_file {{_folder}}/passwords; }
              }
            }
            """);
        _process = Process.Start(new ProcessStartInfo(program!, ["-p", _folder, "-c", Path.Combine(_folder, "nginx.conf")]) { RedirectStandardError = true })!;
        for (Stopwatch clock = Stopwatch.StartNew(); !IsUp(); Thread.Sleep(20))
            if (_process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(20)) Assert.Fail("nginx does not start: " + (_process.HasExited ? _process.StandardError.ReadToEnd() : ""));
    }

    public string Open => $"http://127.0.0.1:{_port}/lr2vq";

    /// <param name="user">Name and password.</param>
    public string Closed(string user) => $"http://{user}@127.0.0.1:{_port}/closed";

    /// <summary>Requests so far: method, path, status.</summary>
    public IReadOnlyList<string> Requests => [.. File.ReadAllLines(Path.Combine(_folder, "methods.log"))];

    /// <summary>Files that are kept: artifacts or entries.</summary>
    public string[] Files(string kind) => [.. Directory.GetFiles(Path.Combine(_folder, "files", "lr2vq", kind)).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private bool IsUp()
    {
        try
        {
            using TcpClient client = new("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
