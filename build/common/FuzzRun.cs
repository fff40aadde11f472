using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace Lr2vq.Building;

/// <summary>Runs AFL++ over the targets of tests/Lr2vq.Fuzz, whose assemblies SharpFuzz instruments.</summary>
internal static class FuzzRun
{
    private const string ToolVersion = "2.3.0";

    private static readonly string[] s_instrumented = ["Lr2vq.Runtime.dll", "Lr2vq.OnnxRuntime.dll", "Lr2vq.Compression.dll", "Lr2vq.Compiler.dll", "Lr2vq.Generator.dll", "StbImageSharp.dll"];

    private static string Folder => Path.Combine(Repository.Artifacts, "fuzz");

    /// <summary>Fuzzes one target after the other and prints what was found. Returns 0 if nothing was.</summary>
    /// <param name="built">Folder of the built program.</param>
    /// <param name="targets">Names of targets.</param>
    /// <param name="minutes">Time for each.</param>
    public static int Run(string built, IReadOnlyList<string> targets, int minutes)
    {
        if (!Shell.Has("afl-fuzz") && !DebianPrograms.TryInstall(["afl++"], Provisioning.Say))
            throw new InvalidOperationException("afl-fuzz is missing; on Debian: apt-get install afl++");
        string program = Path.Combine(Instrument(built), "Lr2vq.Fuzz.dll"), seeds = Path.Combine(Folder, "seeds");
        if (Directory.Exists(seeds)) Directory.Delete(seeds, recursive: true);
        Directory.CreateDirectory(seeds);
        Shell.RunOrThrow("writing the seeds", "dotnet", [Path.Combine(built, "Lr2vq.Fuzz.dll"), "seeds", seeds]);

        List<string> findings = [];
        long runs = 0;
        foreach (string target in targets)
        {
            string corpus = Path.Combine(seeds, target), output = Path.Combine(Folder, target);
            string kept = Path.Combine(Repository.Root, "tests", "Lr2vq.Fuzz", "Corpus", target);
            if (Directory.Exists(kept))
                foreach (string file in Directory.GetFiles(kept)) File.Copy(file, Path.Combine(corpus, Path.GetFileName(file)), overwrite: true);
            if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
            Console.WriteLine($"Fuzzing {target} for {minutes} min, {Directory.GetFiles(corpus).Length} seeds");
            Fuzz(program, target, corpus, output, minutes);
            Dictionary<string, string> statistics = Statistics(Path.Combine(output, "default", "fuzzer_stats"));
            runs += long.Parse(statistics["execs_done"], CultureInfo.InvariantCulture);
            string[] found = [.. Found(output, "crashes"), .. Found(output, "hangs")];
            findings.AddRange(found);
            Console.WriteLine($"  {statistics["execs_done"]} runs, {statistics["corpus_count"]} kept, {found.Length} findings");
            foreach (string file in found)
            {
                Console.WriteLine("  " + file);
                Shell.Run("timeout", ["60", "dotnet", Path.Combine(built, "Lr2vq.Fuzz.dll"), "replay", target, file], onLine: line => Console.WriteLine("    " + line));
            }
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{findings.Count} findings in {runs} runs over {targets.Count} targets"));
        return findings.Count == 0 ? 0 : 1;
    }

    /// <summary>A copy of the program whose assemblies report where they have been.</summary>
    private static string Instrument(string built)
    {
        string tools = Path.Combine(Repository.Artifacts, "tools"), tool = Path.Combine(tools, "sharpfuzz"), copy = Path.Combine(Folder, "bin");
        if (!File.Exists(tool))
            Shell.RunOrThrow("installing SharpFuzz.CommandLine", "dotnet", ["tool", "install", "SharpFuzz.CommandLine", "--version", ToolVersion, "--tool-path", tools]);
        if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
        foreach (string file in Directory.GetFiles(built, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(built, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        foreach (string assembly in s_instrumented) Shell.RunOrThrow($"instrumenting {assembly}", tool, [Path.Combine(copy, assembly)]);
        return copy;
    }

    private static void Fuzz(string program, string target, string corpus, string output, int minutes)
    {
        Dictionary<string, string> environment = new()
        {
            // The program is no native one, and nobody looks at the screen or at dumps.
            ["AFL_SKIP_BIN_CHECK"] = "1", ["AFL_NO_UI"] = "1", ["AFL_SKIP_CPUFREQ"] = "1", ["AFL_NO_AFFINITY"] = "1", ["AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"] = "1",
            ["AFL_FORKSRV_INIT_TMOUT"] = "60000", ["DOTNET_GCHeapHardLimit"] = "0x30000000", ["DOTNET_DbgEnableMiniDump"] = "0", ["LR2VQ_GUARD"] = "right",
        };
        List<string> last = [];
        string[] arguments = ["-i", corpus, "-o", output, "-V", (60 * minutes).ToString(CultureInfo.InvariantCulture), "-t", "5000", "-m", "none", "--", "dotnet", program, "target", target];
        int code = Shell.Run("afl-fuzz", arguments, onLine: last.Add, environment: environment);
        if (File.Exists(Path.Combine(output, "default", "fuzzer_stats"))) return;
        foreach (string line in last.TakeLast(20)) Console.WriteLine("    " + line);
        throw new InvalidOperationException($"afl-fuzz ended with exit code {code} before it began");
    }

    private static Dictionary<string, string> Statistics(string path) => File.ReadLines(path).Select(line => line.Split(':', 2))
        .Where(parts => parts.Length == 2).ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim());

    private static string[] Found(string output, string kind)
    {
        string folder = Path.Combine(output, "default", kind);
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "id*").Order(StringComparer.Ordinal)] : [];
    }
}
