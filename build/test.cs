// dotnet run build/test.cs [-- --full] [--fast]
// Provisions what tests use, builds, packs, runs all tests. The last line is `N passed, N failed, N skipped`.
//   --full   the long versions of the tests too (every mutation of every model)
//   --fast   only tests/Lr2vq.Tests, once
using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Building;

string[] known = ["--full", "--fast"];
if (args.FirstOrDefault(a => !known.Contains(a)) is { } unknown)
{
    Console.Error.WriteLine($"error: {unknown} is not known; known: {string.Join(' ', known)}");
    return 2;
}

return Shell.Guard(() =>
{
    TestRun run = new();
    Console.WriteLine("Provisioning");
    Provisioning.Run();
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

    Dictionary<string, string> environment = new() { ["LR2VQ_FULL"] = args.Contains("--full") ? "1" : "0" };
    TestProgram units = Program("Lr2vq.Tests");
    if (args.Contains("--fast"))
    {
        run.Run([units]);
        return run.Finish();
    }

    // Kernels and operators once more without the newer instruction sets; their tests carry the trait Isa.
    IEnumerable<TestProgram> sets = ((string[])["EnableAVX512", "EnableAVX2", "EnableHWIntrinsic"]).Select(off => units with
    {
        Title = $"{units.Title} ({off}=0)",
        Arguments = ["-trait", "Isa=true"],
        Environment = new Dictionary<string, string>(environment) { [$"DOTNET_{off}"] = "0" },
    });
    run.Run([units], [Program("Lr2vq.Build.Tests"), .. sets, Program("Lr2vq.Generator.Tests"), Program("Lr2vq.Page.Tests"), Training()]);
    return run.Finish();

    // libtorch may need a newer C++ run time than the system has; without it the tests say that they are skipped.
    TestProgram Training()
    {
        TestProgram program = Program("Lr2vq.Training.Tests");
        if (!CxxRuntime.IsNeeded(CxxRuntime.LibTorchOf(program.Assembly))) return program;
        string? start = CxxRuntime.StartFile(program.Assembly, Provisioning.Say, out string reason);
        Console.WriteLine(start is null
            ? $"{program.Title}: the C++ run time is too old for libtorch and a newer one is not to be had ({reason}); its tests are skipped"
            : $"{program.Title}: the C++ run time is too old for libtorch; the tests run with that of Debian 13 from the cache");
        if (start is null) return program;
        return program with { StartFile = start, Environment = new Dictionary<string, string>(environment.Concat(CxxRuntime.Environ)) };
    }

    TestProgram Program(string project) => new(project, SolutionBuild.ProgramPath(project), [], environment);
});
