using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace Lr2vq.Benchmarks;

/// <summary>Measures everything that docs/performance.md shows, each part in a process of its own. A part whose file is newer than this
/// program is done already, so an interrupted measurement goes on where it stopped.</summary>
internal static class AllBenches
{
    /// <param name="Minutes">About how long it takes.</param>
    private sealed record Part(string File, string[] Arguments, int Minutes, bool WithoutAvx512 = false);

    private static readonly Part[] s_parts =
    [
        new("peers", ["peers", "--processes", "3"], 5),
        new("field-speed", ["field"], 3),
        new("peers-2-threads", ["peers", "--processes", "3", "--threads", "2", "--only", "resnet18"], 3),
        new("layers", ["layers"], 1),
        new("layers-avx2", ["layers"], 1, WithoutAvx512: true),
        new("choices", ["choices"], 1),
        new("products", ["products"], 2),
        new("factors", ["factors"], 2),
        new("memory", ["memory", "--rounds", "7"], 3),
        new("decode", ["decode"], 1),
        new("formats", ["formats"], 1),
        new("optimize", ["optimize"], 15),
        new("load", ["load"], 4),
    ];

    public static int Run(BenchmarkOptions options)
    {
        if (options.JsonFolder is not { } folder)
        {
            Console.Error.WriteLine("all needs --json-folder FOLDER");
            return 2;
        }
        Directory.CreateDirectory(folder);
        DateTime program = File.GetLastWriteTimeUtc(typeof(AllBenches).Assembly.Location);
        Part[] missing = [.. s_parts.Where(p => options.Wants(p.File) && !(File.Exists(FileOf(p)) && File.GetLastWriteTimeUtc(FileOf(p)) > program))];
        Console.WriteLine($"{missing.Length} of {s_parts.Length} parts to measure, about {missing.Sum(p => p.Minutes)} minutes");
        var failed = new List<string>();
        foreach (Part part in missing)
        {
            Console.WriteLine($"\n{part.File}: about {part.Minutes} minutes");
            var clock = Stopwatch.StartNew();
            // A part that misses a bar ends with 1 and has written its figures; it is written beside, so that half a file never counts.
            string unfinished = FileOf(part) + ".unfinished";
            ProcessStartInfo start = OwnProcess.Start([.. part.Arguments, "--json", unfinished]);
            if (part.WithoutAvx512) start.Environment["DOTNET_EnableAVX512"] = "0";
            using (Process process = Process.Start(start)!) process.WaitForExit();
            if (File.Exists(unfinished)) File.Move(unfinished, FileOf(part), overwrite: true);
            else failed.Add(part.File);
            Console.WriteLine($"{part.File}: {clock.Elapsed:m\\:ss}");
        }
        if (failed.Count == 0) return 0;
        Console.Error.WriteLine("without figures: " + string.Join(", ", failed));
        return 1;

        string FileOf(Part part) => Path.Combine(folder, part.File + ".json");
    }
}
