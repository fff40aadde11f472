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
    run.Run([units], [Program("Lr2vq.Build.Tests"), .. sets, Program("Lr2vq.Generator.Tests"), Program("Lr2vq.Page.Tests")]);
    return run.Finish();

    TestProgram Program(string project) => new(project, SolutionBuild.ProgramPath(project), [], environment);
});
