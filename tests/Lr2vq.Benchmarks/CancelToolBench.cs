using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Processes of the tool that are cancelled at moments spread over their time, as Ctrl+C does it and as the MSBuild task does (it closes the standard input): how long
/// until the process is gone, by what it did, and whether anything is left.</summary>
internal static class CancelToolBench
{
    private static readonly (string Network, string Options)[] s_cases =
    [
        ("cifar10-resnet20.onnx", "Report=true"), ("mobilenet_v2_1.0_224.onnx", "TargetRatio=8"), ("mobilenet_v2_1.0_224.onnx", "TargetRatio=8;CalibrationData=16 generated pictures;Mean=0.5;Std=0.5;Report=true"),
        ("resnet50.onnx", ""), ("resnet50.onnx", "TargetRatio=10;CalibrationData=16 generated pictures"),
    ];

    /// <summary>A row of the table: milliseconds from the request to the end of the process. MostProcessor: the most that one computed in it, of all threads, in steps of 10.</summary>
    private sealed record Row(string Case, string Way, double Seconds, int Cancelled, double Median, double Worst, double MostProcessor, string Stage, IReadOnlyList<Moment> Moments);

    /// <summary>One that was cancelled.</summary>
    private sealed record Moment(double AtSeconds, string Stage, double Latency, double Processor);

    public static int Run(BenchmarkOptions options)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Ctrl+C is sent by kill");
        List<Row> rows = [];
        bool isClean = true;
        Console.WriteLine($"{"case",-104}{"way",-14}{"whole s",8}{"median ms",11}{"worst",8}{"CPU ms",8}  stage of the worst");
        foreach ((string network, string words) in s_cases)
        {
            string name = words.Length == 0 ? network : network + " " + words;
            if (!options.Wants(name) || TestData.FindModel(network, out _) is not { } model) continue;
            Dictionary<string, string> settings = words.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2))
                .ToDictionary(word => word[0], word => word[1].EndsWith(" generated pictures", StringComparison.Ordinal) ? GeneratedPictures.Folder(16) + "/*.png" : word[1]);
            double whole = Once(model, settings, TimeSpan.MaxValue, isInterrupt: false, ref isClean, out _);
            foreach (bool isInterrupt in (bool[])[true, false])
            {
                List<Moment> moments = [];
                for (int round = 0; round < options.Rounds; round++)
                {
                    Once(model, settings, TimeSpan.FromSeconds(whole * (round + 0.5) / options.Rounds), isInterrupt, ref isClean, out Moment? moment);
                    if (moment is not null) moments.Add(moment);
                }
                Moment worst = moments.MaxBy(m => m.Latency) ?? new Moment(0, "", 0, 0);
                Row row = new(name, isInterrupt ? "Ctrl+C" : "input closed", whole, moments.Count, moments.Count == 0 ? 0 : Interleaved.Median([.. moments.Select(m => m.Latency)]), worst.Latency,
                    moments.Select(m => m.Processor).DefaultIfEmpty().Max(), worst.Stage, moments);
                Console.WriteLine($"{row.Case,-104}{row.Way,-14}{row.Seconds,8:F1}{row.Median,11:F0}{row.Worst,8:F0}{row.MostProcessor,8:F0}  {row.Stage}");
                rows.Add(row);
            }
        }
        options.WriteJson(rows);
        int late = rows.Sum(row => row.Moments.Count(moment => moment.Latency > CancelBench.Limit));
        Console.WriteLine($"{rows.Sum(row => row.Cancelled)} cancelled, {late} later than {CancelBench.Limit:F0} ms{(isClean ? "" : ", files were left")}");
        return isClean ? 0 : 1;
    }

    /// <summary>One process; returns its seconds.</summary>
    /// <param name="after">When it is cancelled.</param>
    /// <param name="isInterrupt">By Ctrl+C; else by closing its input.</param>
    /// <param name="moment">How long it went on; null if it was done before.</param>
    private static double Once(string model, Dictionary<string, string> settings, TimeSpan after, bool isInterrupt, ref bool isClean, out Moment? moment)
    {
        string folder = Directory.CreateTempSubdirectory("lr2vq").FullName;
        try
        {
            string request = Path.Combine(folder, "request.json"), products = Directory.CreateDirectory(Path.Combine(folder, "obj")).FullName;
            File.WriteAllText(request, JsonSerializer.Serialize(new
            {
                version = 2, cacheDirectory = Path.Combine(folder, "cache"),
                models = new[] { new { path = model, plan = Path.Combine(products, "m.plan.txt"), artifact = Path.Combine(products, "m.lr2vq"), options = settings } },
            }));
            string tool = Path.Combine(TestData.RepositoryRoot, "artifacts", "bin", "Lr2vq.Tool", "release", "lr2vq.dll");
            // Whoever runs this may have been told to ignore Ctrl+C.
            ProcessStartInfo start = new("env", ["--default-signal=INT", Environment.ProcessPath!, tool, "build", "@" + request]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            Stopwatch clock = Stopwatch.StartNew();
            using Process process = Process.Start(start)!;
            string stage = "start";
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is { Length: > 0 } text && JsonNode.Parse(text)?["text"]?.GetValue<string>() is { } told) Volatile.Write(ref stage, told);
            };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            bool isDone = process.WaitForExit(after == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : after);
            string at = Volatile.Read(ref stage);
            double seconds = clock.Elapsed.TotalSeconds;
            TimeSpan computed = Computed(process) ?? default, last = computed;
            clock.Restart();
            if (!isDone && isInterrupt) Process.Start("kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).Dispose();
            else if (!isDone) process.StandardInput.Close();
            // How much a process computed is lost with it.
            while (!process.WaitForExit(5)) last = Computed(process) ?? last;
            double latency = clock.Elapsed.TotalMilliseconds;
            if (after == TimeSpan.MaxValue && process.ExitCode != 0) throw new InvalidOperationException($"{model}: the tool ended with {process.ExitCode}");
            bool wasCancelled = !isDone && process.ExitCode != 0;
            // While the page of the report is made, the artifact is there already.
            isClean &= !Directory.EnumerateFiles(folder, "*.tmp", SearchOption.AllDirectories).Any();
            moment = wasCancelled ? new Moment(seconds, at, latency, (last - computed).TotalMilliseconds) : null;
            return seconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TimeSpan? Computed(Process process)
    {
        try
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
        catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception or IOException)
        {
            return null;
        }
    }
}
