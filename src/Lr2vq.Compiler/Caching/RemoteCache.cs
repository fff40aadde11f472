using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Lr2vq.Artifacts;
using Lr2vq.Diagnostics;

namespace Lr2vq.Caching;

/// <summary>Artifacts that many machines share, on a server that answers GET and PUT: <c>ADDRESS/ac/KEY</c> is the entry of a key, <c>ADDRESS/cas/SHA256</c> the artifact.
/// Nothing that comes back is trusted, and nothing that goes wrong ends a build: the first failure is a note, and the cache is left alone from then on.</summary>
internal sealed class RemoteCache : IDisposable
{
    /// <summary>Environment variables: the address, and the value of the header <c>Authorization</c>.</summary>
    public const string AddressVariable = "LR2VQ_REMOTE_CACHE", AuthorizationVariable = "LR2VQ_REMOTE_CACHE_AUTHORIZATION";

    private const int MaxRedirections = 3;

    private readonly HttpClient _client;
    private readonly string _start, _query;
    private bool _isOff;

    /// <param name="address">http or https, a path, and a query that is added to every request; a user and a password in it become the header <c>Authorization</c>.</param>
    /// <param name="authorization">Value of that header; null or empty for what the address has.</param>
    /// <exception cref="DiagnosticException">The address is none.</exception>
    public RemoteCache(string address, string? authorization = null, bool mayUpload = true)
    {
        if (!Uri.TryCreate(address.Trim(), UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0 || authorization?.Any(char.IsControl) == true)
            throw new DiagnosticException(DiagnosticCatalogue.RemoteCacheAddressInvalid.At(new DiagnosticPlace { Option = "RemoteCache" }));
        // Neither credentials nor a signed query may get into a message.
        Name = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        (_start, _query, MayUpload) = (Name, uri.Query, mayUpload);
        _client = new HttpClient(new SocketsHttpHandler
        {
            MaxAutomaticRedirections = MaxRedirections,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
        }) { Timeout = Timeout.InfiniteTimeSpan };
        if (string.IsNullOrEmpty(authorization) && uri.UserInfo.Length > 0)
            authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo)));
        if (!string.IsNullOrEmpty(authorization)) _client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
    }

    /// <summary>The address without credentials, for messages.</summary>
    public string Name { get; }

    public bool MayUpload { get; }

    /// <summary>How long nothing may come before a request has failed.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes a second below which a transfer takes too long.</summary>
    public long SlowestRate { get; init; } = 1 << 18;

    /// <summary>The entry of a key; null if there is none, or the cache is not to be used.</summary>
    public RemoteEntry? TryFind(string key, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        byte[]? bytes = Ask(diagnostics, cancellation, async token =>
        {
            using MemoryStream content = new();
            return await Receive($"/ac/{key}", content, RemoteEntry.MaxBytes, token).ConfigureAwait(false) is not null ? content.ToArray() : null;
        });
        if (bytes is null) return null;
        RemoteEntry? entry = bytes.Length <= RemoteEntry.MaxBytes ? RemoteEntry.TryParse(bytes) : null;
        if (entry is null) Refuse(key, "it is not understood", diagnostics);
        return entry;
    }

    /// <summary>Writes the artifact of an entry to a file that is not there yet, and compares its hash.</summary>
    /// <param name="key">The key of the entry, for messages.</param>
    /// <param name="largest">Bytes above which no artifact of this model can be.</param>
    /// <returns>False if it is not there, or not what the entry says; the file is then of no use.</returns>
    public bool TryDownload(string key, RemoteEntry entry, TemporaryFile file, long largest, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        if (entry.Bytes > largest)
        {
            Refuse(key, $"{entry.Bytes} bytes are more than an artifact of this model can have", diagnostics);
            return false;
        }
        object? length = Ask(diagnostics, cancellation, async token =>
        {
            FileStream content = file.Create();
            await using (content.ConfigureAwait(false))
                return await Receive($"/cas/{entry.Sha256}", content, entry.Bytes, token).ConfigureAwait(false) is { } received ? (object)received : null;
        });
        if (length is null) return false;
        if ((long)length == entry.Bytes && CacheKey.HashFiles([file.Path]) == entry.Sha256) return true;
        Refuse(key, "the artifact is not the one that was stored", diagnostics);
        return false;
    }

    /// <summary>Says why an entry is not used. It is replaced when the model has been compressed.</summary>
    public void Refuse(string key, string reason, DiagnosticBag diagnostics) =>
        diagnostics.Add(DiagnosticCatalogue.RemoteEntryRefused.At(default, key[..12], Name, reason));

    /// <summary>Uploads an artifact, and then the entry that names it.</summary>
    public void TryStore(string key, CacheReport report, string artifact, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        if (!MayUpload) return;
        Ask(diagnostics, cancellation, async token =>
        {
            RemoteEntry entry = new(CacheKey.HashFiles([artifact]), new FileInfo(artifact).Length, report);
            FileStream content = new(artifact, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
            await using (content.ConfigureAwait(false)) await Send($"/cas/{entry.Sha256}", content, entry.Bytes, token).ConfigureAwait(false);
            byte[] bytes = entry.ToBytes();
            using MemoryStream small = new(bytes);
            await Send($"/ac/{key}", small, bytes.Length, token).ConfigureAwait(false);
            return "";
        });
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Does a piece of work; a failure is said once and switches the cache off.</summary>
    private T? Ask<T>(DiagnosticBag diagnostics, CancellationToken cancellation, Func<CancellationToken, Task<T?>> work) where T : class
    {
        if (_isOff) return null;
        try
        {
            // No thread has a context to come back to.
            return work(cancellation).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception problem) when (problem is OperationCanceledException or HttpRequestException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            _isOff = true;
            string reason = problem is OperationCanceledException ? "it takes too long to answer" : problem.Message.TrimEnd('.');
            diagnostics.Add(DiagnosticCatalogue.RemoteCacheUnusable.At(default, Name, reason));
            return null;
        }
    }

    /// <summary>Copies an object, at most a byte more than <paramref name="largest"/>; returns its length as far as it was read, or null if there is none.</summary>
    private async Task<long?> Receive(string path, Stream to, long largest, CancellationToken cancellation)
    {
        using CancellationTokenSource whole = Within(cancellation, largest), step = CancellationTokenSource.CreateLinkedTokenSource(whole.Token);
        step.CancelAfter(Patience);
        using HttpRequestMessage request = new(HttpMethod.Get, _start + path + _query);
        using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, step.Token).ConfigureAwait(false);
        if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone) return null;
        if (answer.StatusCode != HttpStatusCode.OK) throw new HttpRequestException($"it answers {(int)answer.StatusCode} to GET");
        // Who announces more than can be is not listened to.
        if (answer.Content.Headers.ContentLength is { } announced && announced > largest) return announced;
        using Stream from = await answer.Content.ReadAsStreamAsync(step.Token).ConfigureAwait(false);
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        while (length <= largest)
        {
            step.CancelAfter(Patience);
            int read = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, largest + 1 - length)), step.Token).ConfigureAwait(false);
            if (read == 0) break;
            await to.WriteAsync(buffer.AsMemory(0, read), step.Token).ConfigureAwait(false);
            length += read;
        }
        return length;
    }

    private async Task Send(string path, Stream content, long length, CancellationToken cancellation)
    {
        using CancellationTokenSource whole = Within(cancellation, length);
        using HttpRequestMessage request = new(HttpMethod.Put, _start + path + _query) { Content = new StreamContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentLength = length;
        using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, whole.Token).ConfigureAwait(false);
        // A redirection may have made another request of it.
        if (!answer.IsSuccessStatusCode || answer.RequestMessage?.Method != HttpMethod.Put) throw new HttpRequestException($"it answers {(int)answer.StatusCode} to PUT");
    }

    private CancellationTokenSource Within(CancellationToken cancellation, long bytes)
    {
        CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        source.CancelAfter(Patience + TimeSpan.FromSeconds((double)bytes / SlowestRate));
        return source;
    }
}
