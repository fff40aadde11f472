using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Lr2vq.Building;

/// <summary>Clients that post pictures to a service on loopback, one request after the other.</summary>
internal sealed class ServeLoad(int width, int height, int clients, int minutes)
{
    private const int WrongRequests = 200;
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(60), s_tick = TimeSpan.FromSeconds(1);

    /// <summary>Starts a service, drives it, ends it.</summary>
    /// <param name="title">What it is.</param>
    /// <param name="program">Its assembly and first arguments.</param>
    public ServeResult Run(string title, string[] program)
    {
        Console.WriteLine(title);
        ProcessStartInfo start = new("dotnet", [.. program, "--urls", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, WorkingDirectory = Path.GetDirectoryName(program[0])! };
        TaskCompletionSource<Uri> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Process process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            const string words = "Now listening on: ";
            if (line.Data is null) address.TrySetException(new InvalidOperationException(title + " ended before it listened"));
            else if (line.Data.IndexOf(words, StringComparison.Ordinal) is >= 0 and var at) address.TrySetResult(new Uri(line.Data[(at + words.Length)..].Trim()));
        };
        process.Start();
        process.BeginOutputReadLine();
        try
        {
            return Drive(process, address.Task.WaitAsync(s_start, Shell.CancelToken).GetAwaiter().GetResult()).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException(title + " did not listen within a minute");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
    }

    private async Task<ServeResult> Drive(Process process, Uri address)
    {
        using SocketsHttpHandler handler = new() { MaxConnectionsPerServer = clients };
        using HttpClient http = new(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
        string health = await http.GetStringAsync("/health", Shell.CancelToken);
        if (health != "Healthy") throw new InvalidOperationException("the service is not healthy: " + health);
        await RefuseWrong(http);
        double wrong = await RefuseWrong(http);
        Console.WriteLine(FormattableString.Invariant($"  a wrong request is refused in {wrong:0.000} ms (median of {WrongRequests})"));

        long requests = 0, errors = 0;
        string? first = null;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Shell.CancelToken);
        Task[] loads = [.. Enumerable.Range(0, clients).Select(client => Task.Run(() => Client(client)))];
        List<ServeMinute> found = [];
        Console.WriteLine("  minute   requests/s   errors   resident set   processor time a request");
        for (int minute = 1; minute <= minutes; minute++)
        {
            long before = Interlocked.Read(ref requests);
            List<long> resident = [];
            process.Refresh();
            TimeSpan used = process.TotalProcessorTime;
            Stopwatch clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromMinutes(1))
            {
                await Task.Delay(s_tick, Shell.CancelToken);
                process.Refresh();
                resident.Add(process.WorkingSet64);
            }
            process.Refresh();
            // What neighbours on the machine take from the requests, they do not take from this.
            double cost = (process.TotalProcessorTime - used).TotalMilliseconds / Math.Max(1, Interlocked.Read(ref requests) - before);
            // The second half of the first minute, in which everything was in use.
            ServeMinute now = new((long)((Interlocked.Read(ref requests) - before) * 60 / clock.Elapsed.TotalSeconds), Interlocked.Read(ref errors), resident.Skip(minute == 1 ? resident.Count / 2 : 0).Average());
            found.Add(now);
            Console.WriteLine(FormattableString.Invariant($"  {minute,6} {now.Requests / 60.0,12:N1} {now.Errors,8} {now.Resident / 1e6,11:N1} MB {cost,21:0.000} ms"));
        }
        await stop.CancelAsync();
        await Task.WhenAll(loads);
        if (first is not null) Console.WriteLine("  first error: " + first);
        return new ServeResult(found, wrong);

        async Task Client(int client)
        {
            byte[] picture = new byte[3 * width * height];
            new Random(client).NextBytes(picture);
            string? expected = null;
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using ByteArrayContent content = new(picture);
                    using HttpResponseMessage response = await http.PostAsync($"/classify?width={width}&height={height}", content, stop.Token);
                    string answer = await response.Content.ReadAsStringAsync(stop.Token);
                    expected ??= answer;
                    // The same picture has the same classes, to the last digit.
                    if (response.StatusCode != HttpStatusCode.OK || answer != expected) throw new InvalidOperationException($"{(int)response.StatusCode}: {answer}, not {expected}");
                    Interlocked.Increment(ref requests);
                }
                catch (Exception) when (stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception problem) when (problem is HttpRequestException or InvalidOperationException or OperationCanceledException)
                {
                    Interlocked.Increment(ref errors);
                    Interlocked.CompareExchange(ref first, problem.Message, null);
                }
            }
        }
    }

    /// <summary>Posts pictures that are too short.</summary>
    /// <returns>The median of the milliseconds until the answer.</returns>
    private async Task<double> RefuseWrong(HttpClient http)
    {
        List<double> times = [];
        for (int i = 0; i < WrongRequests; i++)
        {
            using ByteArrayContent content = new(new byte[100]);
            long start = Stopwatch.GetTimestamp();
            using HttpResponseMessage response = await http.PostAsync($"/classify?width={width}&height={height}", content, Shell.CancelToken);
            await response.Content.ReadAsByteArrayAsync(Shell.CancelToken);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (response.StatusCode != HttpStatusCode.BadRequest || response.Content.Headers.ContentType?.MediaType != "application/problem+json")
                throw new InvalidOperationException($"a wrong request was answered with {(int)response.StatusCode} {response.Content.Headers.ContentType}");
        }
        return times.Order().ElementAt(WrongRequests / 2);
    }
}

/// <summary>A minute of a service.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Errors">Requests that failed, since the start.</param>
/// <param name="Resident">Mean resident set in bytes.</param>
internal sealed record ServeMinute(long Requests, long Errors, double Resident);

/// <summary>What a service did.</summary>
internal sealed record ServeResult(IReadOnlyList<ServeMinute> Minutes, double WrongMs)
{
    public IEnumerable<string> Problems()
    {
        ServeMinute first = Minutes[0], last = Minutes[^1];
        if (last.Errors > 0) yield return $"{last.Errors} requests failed";
        if (last.Requests < 0.95 * first.Requests) yield return FormattableString.Invariant($"the last minute had {100.0 * last.Requests / first.Requests:0} % of the requests of the first");
        double most = Minutes.Max(m => Math.Abs(m.Resident / first.Resident - 1));
        if (most > 0.05) yield return FormattableString.Invariant($"the resident set changed by {100 * most:0} % after the first minute");
        if (WrongMs > 1) yield return FormattableString.Invariant($"a wrong request took {WrongMs:0.00} ms");
    }
}
