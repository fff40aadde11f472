// dotnet run build/test.cs [-- --full] [--fast]
// Provisions what tests use, builds, packs, runs all tests. The last line is `N passed, N failed, N skipped`.
//   --full   the long versions of the tests too (every mutation of every model)
//   --fast   only tests/Lr2vq.Tests, once
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics;
using System.Threading.Tasks;
using Lr2vq.Building;
using Lr2vq.Tool.Training;

const string Temporary = "TMPDIR";
string[] known = ["--full", "--fast"];
if (args.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
{
    Console.Error.WriteLine($"error: {unknown} is not known; known: {string.Join(' ', known)}");
    return 2;
}

return Shell.Guard(() =>
{
    TestRun run = new();
    // Downloads wait for the network while the compiler works.
    Console.WriteLine("Provisioning");
    Task provisioning = Task.Run(Provisioning.Run);
    try
    {
        SolutionBuild.Build();
        SolutionBuild.Pack(isBuilt: true);
    }
    catch (InvalidOperationException problem)
    {
        run.AddFailure(problem.Message);
        return run.Finish();
    }
    finally
    {
        provisioning.GetAwaiter().GetResult();
    }

    using TestFolder temporary = new();
    Dictionary<string, string> environment = new(Shell.ShortLived)
    {
        ["LR2VQ_FULL"] = args.Contains("--full") ? "1" : "0",
        // Tests make much that lives briefly: collect after 64 MB, and no thread beside for what lives long.
        ["DOTNET_GCgen0size"] = "0x4000000",
        ["DOTNET_gcConcurrent"] = "0",
    };
    if (temporary.Path is { } memory) environment[Temporary] = memory;
    string missing = "";
    // libtorch may need a newer C++ run time than the system has; without it tests of training say that they are skipped.
    string training = SolutionBuild.ProgramPath("Lr2vq.Training.Tests");
    string? libraries = null;
    if (CxxRuntime.IsNeeded(CxxRuntime.LibTorchOf(training)))
    {
        libraries = CxxRuntime.Libraries(Provisioning.Say, out string reason);
        Console.WriteLine(libraries is null ? $"The C++ run time is too old for libtorch and a newer one is not to be had ({reason}); tests of training are skipped"
            : "The C++ run time is too old for libtorch; tests of training run with that of Debian 13 from the cache");
    }
    (string Program, string[] Arguments)? arm64 = args.Contains("--fast") ? null : Arm64Emulation.Host(Provisioning.Say, out missing);
    if (arm64 is { } emulator && args.Contains("--full"))
    {
        if (Arm64Native.Publish(Provisioning.Say, out string problem) is { } native) environment["LR2VQ_ARM64_NATIVE"] = string.Join('|', [emulator.Program, .. emulator.Arguments[..^1], native]);
        else run.AddFailure($"native program for ARM64: {problem}");
    }
    // Tests of machine code are for ARM64, and the native program is made with --full only; the trait Only says so.
    string[] native64 = environment.ContainsKey("LR2VQ_ARM64_NATIVE") ? [] : ["-trait-", "Only=Native"];
    TestProgram units = Program("Lr2vq.Tests") with { Arguments = ["-trait-", "Only=Arm64", .. native64] };
    if (args.Contains("--fast"))
    {
        run.Run(units);
        return run.Finish();
    }

    // Kernels and operators once more without the newer instruction sets; their tests carry the trait Isa.
    bool isWide = Vector512.IsHardwareAccelerated;
    if (!isWide) Console.WriteLine("The processor has no AVX-512: all tests run without it");
    IEnumerable<TestProgram> sets = ((string[])[.. isWide ? (string[])["EnableAVX512"] : [], "EnableAVX2", "EnableHWIntrinsic"]).Select(off => units with
    {
        Title = $"{units.Title} ({off}=0)",
        Arguments = ["-trait", "Isa=true"],
        Environment = new Dictionary<string, string>(environment) { [$"DOTNET_{off}"] = "0" },
    });
    // And for ARM64: a few tests, or all of kernels and codecs.
    IEnumerable<TestProgram> emulated = arm64 is not { } host ? [] :
    [
        units with
        {
            Title = $"{units.Title} (ARM64)",
            Host = host,
            Arguments = ["-trait-", "Only=Native", .. args.Contains("--full")
                ? (string[])["-namespace", "Lr2vq.Tests.Kernels", "-namespace", "Lr2vq.Tests.Codecs", "-namespace", "Lr2vq.Tests.Arm64", "-trait", "Isa=true", "-trait", "Arm64=true"]
                : ["-trait", "Arm64=true"]],
        },
    ];
    if (missing.Length > 0) Console.WriteLine($"Tests do not run for ARM64: {missing}");
    run.Run([units, OnDisk(Trains("Lr2vq.Build.Tests")), Hosted("Lr2vq.Training.Tests"), .. emulated, OnDisk(Program("Lr2vq.Page.Tests")), .. sets, Program("Lr2vq.Generator.Tests")]);
    return run.Finish();

    // Starts programs that train.
    TestProgram Trains(string project) => Program(project) is var program && libraries is null ? program
        : program with { Environment = new Dictionary<string, string>(environment.Concat(CxxRuntime.Environ(libraries))) };

    // Builds projects of users, with packages that are too large for memory.
    TestProgram OnDisk(TestProgram program) => program with { Environment = program.Environment.Where(pair => pair.Key != Temporary).ToDictionary() };

    // Trains itself.
    TestProgram Hosted(string project) => libraries is null ? Program(project) : Trains(project) with { Host = LoaderHost.Command(libraries, LoaderHost.Dotnet()) };

    TestProgram Program(string project) => new(project, SolutionBuild.ProgramPath(project), [], environment);
});
