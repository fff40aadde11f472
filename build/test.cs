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
    string units = SolutionBuild.ProgramPath("Lr2vq.Tests");
    run.Run("Lr2vq.Tests", units, [], environment);
    if (args.Contains("--fast")) return run.Finish();

    // Kernels and operators once more without the newer instruction sets; their tests carry the trait Isa.
    foreach (string off in (string[])["EnableAVX512", "EnableAVX2", "EnableHWIntrinsic"])
        run.Run($"Lr2vq.Tests ({off}=0)", units, ["-trait", "Isa=true"], new Dictionary<string, string>(environment) { [$"DOTNET_{off}"] = "0" });
    foreach (string project in (string[])["Lr2vq.Generator.Tests", "Lr2vq.Page.Tests", "Lr2vq.Build.Tests"])
        run.Run(project, SolutionBuild.ProgramPath(project), [], environment);
    return run.Finish();
});
