using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>What starting costs: ResNet-18 in programs of ours (JIT, NativeAOT) and in one with ONNX Runtime, each in fresh processes.</summary>
internal static class LoadBench
{
    /// <summary>Medians of the processes; memory in MiB.</summary>
    /// <param name="FirstMs">The first call, after the model was loaded.</param>
    /// <param name="AddedMiB">Resident memory after the first call, above that of the bare runtime.</param>
    internal sealed record Row(string Program, double FileMB, double BareMiB, double CreateMs, double FirstMs, double NextMs, double StartToOutputMs,
        double ResidentMiB, double AddedMiB, double PeakMiB, int Processes);

    private const string Jit = "resnet18-m16d4-jit", Aot = "resnet18-m16d4-nativeaot", Ort = "resnet18-onnxruntime-jit", AotFramework = "net9.0";

    public static int Run(BenchmarkOptions options)
    {
        if (TestData.FindModel("resnet18.onnx", out string reason) is not { } model)
        {
            Console.Error.WriteLine(reason);
            return 1;
        }
        var rows = new List<Row>();
        Console.WriteLine($"{"program",-26}{"file MB",9}{"bare MiB",9}{"create ms",10}{"first ms",9}{"next ms",9}{"start to output",16}{"MiB",8}{"added",8}{"peak",8}");
        foreach ((string name, Func<ProcessStartInfo> prepare) in new (string, Func<ProcessStartInfo>)[]
        {
            (Jit, () => BuildJit(model)), (Aot, () => PublishAot(model)), (Ort, () => OwnProcess.Start("load-onnxruntime", model)),
        })
        {
            if (!options.Wants(name)) continue;
            Row row = Measure(name, prepare(), Math.Max(options.Processes, 7));
            rows.Add(row);
            Console.WriteLine($"{row.Program,-26}{row.FileMB,9:F2}{row.BareMiB,9:F1}{row.CreateMs,10:F1}{row.FirstMs,9:F1}{row.NextMs,9:F1}{row.StartToOutputMs,16:F1}{row.ResidentMiB,8:F1}{row.AddedMiB,8:F1}{row.PeakMiB,8:F1}");
        }
        options.WriteJson(rows);
        return 0;
    }

    /// <summary>The program with ONNX Runtime; in a process of its own.</summary>
    public static int RunOnnxRuntime(string[] arguments) => StartupProgram.Run(arguments[1..], () =>
    {
        var oracle = new OrtOracle(arguments[0]);
        return (input, output) => oracle.Run(("input", HostTensor.Of(input, 1, 3, 224, 224)))[0].Values<float>().CopyTo(output);
    });

    private static Row Measure(string name, ProcessStartInfo start, int processes)
    {
        start.RedirectStandardOutput = true;
        List<string> arguments = [.. start.ArgumentList];
        var figures = new Dictionary<string, List<double>>();
        for (int i = -1; i < processes; i++)
        {
            start.ArgumentList.Clear();
            foreach (string argument in arguments) start.ArgumentList.Add(argument);
            start.ArgumentList.Add(Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {output}");
            // The first process reads the files from the disk.
            if (i < 0) continue;
            foreach (string[] figure in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')))
                (figures.TryGetValue(figure[0], out List<double>? all) ? all : figures[figure[0]] = []).Add(double.Parse(figure[1], CultureInfo.InvariantCulture));
        }
        double Of(string figure) => Interleaved.Median([.. figures[figure]]);
        return new Row(name, Size(start), Of("bareMiB"), Of("createMs"), Of("firstMs"), Of("nextMs"), Of("startToOutputMs"), Of("residentMiB"),
            Interleaved.Median([.. figures["residentMiB"].Zip(figures["bareMiB"], (a, b) => a - b)]), Of("peakMiB"), processes);
    }

    /// <summary>Megabytes (10⁶) of what an installation adds to .NET: of a NativeAOT program, the file; else the assemblies, libraries and the model.</summary>
    private static double Size(ProcessStartInfo start)
    {
        if (start.FileName.EndsWith("Lr2vq.Startup", StringComparison.Ordinal)) return new FileInfo(start.FileName).Length / 1e6;
        string program = start.ArgumentList[0], folder = Path.GetDirectoryName(program)!;
        IEnumerable<string> files = start.ArgumentList[1] == "load-onnxruntime"
            ? [.. Directory.GetFiles(folder, "Microsoft.ML.OnnxRuntime*.dll"), .. Directory.GetFiles(folder, "libonnxruntime*.so*", SearchOption.AllDirectories), start.ArgumentList[2]]
            : [program, Path.Combine(folder, "Lr2vq.Runtime.dll")];
        return files.Sum(f => new FileInfo(f).Length) / 1e6;
    }

    private static ProcessStartInfo BuildJit(string model)
    {
        string program = Output("net10.0", "bin", "Lr2vq.Startup", "release", "Lr2vq.Startup.dll");
        if (IsOld(program)) DotNet("build", Project, "-c", "Release", $"-p:StartupModel={model}");
        return new ProcessStartInfo("dotnet", [program]);
    }

    private static ProcessStartInfo PublishAot(string model)
    {
        string program = Output(AotFramework, "publish", "Lr2vq.Startup", "release", "Lr2vq.Startup");
        // The SDK asks for clang; gcc links as well.
        string[] linker = FindProgram("clang") ? [] : ["-p:CppCompilerAndLinker=gcc"];
        if (IsOld(program)) DotNet(["publish", Project, "-c", "Release", $"-p:StartupModel={model}", $"-p:StartupFramework={AotFramework}", "-p:PublishAot=true", .. linker]);
        return new ProcessStartInfo(program);
    }

    /// <summary>True if a source is newer than the program, or there is none. Building takes minutes.</summary>
    private static bool IsOld(string program) => !File.Exists(program) || s_sources.Any(folder =>
        Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, folder), "*", SearchOption.AllDirectories).Any(f => File.GetLastWriteTimeUtc(f) > File.GetLastWriteTimeUtc(program)));

    private static readonly string[] s_sources = ["src", "targets", Path.Combine("tests", "Lr2vq.Startup")];

    private static bool FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    private static string Project => Path.Combine(TestData.RepositoryRoot, "tests", "Lr2vq.Startup");

    private static string Output(string framework, params string[] parts) => Path.Combine([TestData.RepositoryRoot, "artifacts", "startup", framework, .. parts]);

    /// <summary>Packs the packages once, then runs a command of the SDK.</summary>
    private static void DotNet(params string[] arguments)
    {
        if (!s_packed) Start(["run", Path.Combine(TestData.RepositoryRoot, "build", "pack.cs")]);
        s_packed = true;
        Start([.. arguments, "--nologo", "-v", "quiet"]);

        static void Start(string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
        }
    }

    private static bool s_packed;
}
